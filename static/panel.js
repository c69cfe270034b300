// What the pages cannot do by themselves. Everything here is comfort: without it all pages work, only less smoothly.
"use strict";
(() => {
  const live = document.getElementById("live");
  const connection = document.getElementById("connection");
  // The panel speaks at least every 15 s (keep-alive) and, while the worker lives, every second.
  const STALE_MS = 20000, POLL_MS = 5000;
  let stream = null, lastMs = Date.now(), polling = 0;

  const answered = () => {
    lastMs = Date.now();
    connection.hidden = true;
    delete connection.dataset.lost;
  };

  // Who has typed something is not taken away from it: the login is in another tab, and the form stays as it is.
  const notice = document.getElementById("signed-out");
  let typed = false;
  document.addEventListener("input", event => { typed ||= event.target.form?.getAttribute("method") === "post"; });
  function signedOut() {
    if (!typed) return location.reload();
    notice.hidden = false;
  }
  function signedIn() {
    if (notice) notice.hidden = true;
  }

  // One stream for each tab that can be seen; a tab that was opened behind others connects when it is looked at.
  function watch() {
    if (!document.hidden) live.dispatchEvent(new Event("panel:watch"));
  }

  // The server ends the oldest of too many streams: that tab asks every five seconds instead.
  function poll() {
    clearInterval(polling);
    polling = setInterval(() => {
      if (!document.hidden) htmx.ajax("GET", live.dataset.now, { source: live, swap: "none" }).then(answered);
    }, POLL_MS);
  }

  if (live) {
    document.addEventListener("visibilitychange", watch);
    live.addEventListener("htmx:sse:after:connection", event => { 
      stream = event.detail.connection;
      clearInterval(polling);
      polling = 0;
      signedIn();
      answered();
    });
    live.addEventListener("htmx:sse:after:message", answered);
    live.addEventListener("htmx:sse:error", event => {
      if (event.detail.status === 401) return signedOut();
      connection.hidden = false;
    });
    // The first connection is htmx's own request, which it does not repeat.
    live.addEventListener("htmx:finally:request", () => { if (!stream && !polling) setTimeout(watch, 2000); });
    live.addEventListener("poll", poll);
    live.addEventListener("signed-out", signedOut);
    // A connection that died without a word (the cable to the router) ends only when somebody notices.
    setInterval(() => {
      if (document.hidden || Date.now() - lastMs < STALE_MS || polling) return;
      connection.hidden = false;
      lastMs = Date.now();
      stream?.reader?.cancel();
    }, 2000);
    // htmx starts in a timer of its own, on a quick page after "load": until it has heard, it is told again.
    const tell = setInterval(watch, 50);
    live.addEventListener("htmx:config:request", () => clearInterval(tell), { once: true });
    addEventListener("load", watch);
  }

  // What this tab saved stays only if a connection that is opened after it came into force still reaches the router.
  // The server refuses an older one and closes it, so the next try makes a new one. Another tab never does this.
  const AGAIN_MS = 200, PATIENCE_MS = 4000, GO_ON_MS = 2000, LONGEST_MS = 20 * 60000;
  const pause = ms => new Promise(done => setTimeout(done, ms));
  let keeping = 0;
  async function keep(number, next) {
    if (keeping === number) return;
    keeping = number;
    sessionStorage.setItem("keep", number);
    const startedMs = Date.now();
    while (keeping === number && Date.now() - startedMs < LONGEST_MS) {
      const answer = await fetch(`/revisions/${number}/confirm`, {
        method: "POST", headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch(() => null);
      const again = !answer || answer.headers.has("Retry-After") || answer.status === 503;
      if (!again) {
        sessionStorage.removeItem("keep");
        keeping = 0;
      }
      // Go on once the router answers; while it does not, this page is the one that can still say so.
      if (next && answer && (!again || Date.now() - startedMs > GO_ON_MS)) return location.assign(next);
      // 202: another change replaced this one.
      if (!again) return answer.ok && answer.status !== 202;
      await pause(AGAIN_MS);
    }
  }
  document.addEventListener("htmx:after:request", event => {
    const { response, sourceElement } = event.detail.ctx, headers = response?.headers;
    if (connection && response) answered();
    // Where the server leads to the login by itself there is nothing on the page that could be lost.
    if (response?.status === 401 && !headers.has("HX-Redirect")) signedOut();
    else if (response?.status < 400) signedIn();
    // What was refused before is no news any more once something else that somebody sent was not.
    if (sourceElement !== live) document.getElementById("refused")?.replaceChildren();
    const number = Number(headers?.get("Multihome-Saved"));
    if (number) keep(number, headers.get("Multihome-Next"));
  });
  document.addEventListener("submit", event => {
    const number = Number(event.target.dataset.keep);
    if (!number) return;
    event.preventDefault();
    // Whoever pressed the button is told why it did not help, by the page that the form leads to by itself.
    keep(number).then(kept => { if (kept === false) event.target.submit(); });
  });
  // What somebody sends is not sent again by itself, unlike all that the page asks for on its own.
  document.addEventListener("htmx:error", event => {
    if (!connection || event.detail.ctx?.request?.method !== "POST") return;
    connection.hidden = false;
    connection.dataset.lost = "";
  });
  if (live) {
    const number = Number(live.dataset.saved) || Number(sessionStorage.getItem("keep"));
    if (number) keep(number);
  }

  // What somebody unfolded stays so while the page changes, until there is something else to see.
  if (window.htmx) htmx.registerExtension("unfolded", {
    htmx_before_morph_node: (_, { oldNode, newNode }) => {
      if (oldNode.dataset?.unfolds && oldNode.dataset.unfolds === newNode.dataset?.unfolds) newNode.open = oldNode.open;
    },
  });

  // Nobody looks at a hidden tab, so it asks for nothing.
  document.addEventListener("htmx:config:request", event => {
    if (document.hidden && event.detail.ctx.sourceEvent?.type === "every") event.preventDefault();
  });

  // Colors change at once and without a reload, which would cost what was typed.
  document.addEventListener("submit", event => {
    const form = event.target;
    if (!form.matches("[data-theme-form]") || !event.submitter) return;
    event.preventDefault();
    document.documentElement.dataset.theme = event.submitter.value;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", button === event.submitter);
    fetch(form.action, { method: "POST", redirect: "manual", body: new URLSearchParams(new FormData(form, event.submitter)) });
  });

  // What a weight means, as it is typed.
  document.addEventListener("input", event => {
    const output = document.querySelector("output[data-others]");
    if (!output || !["weight", "tier"].includes(event.target.name)) return;
    const { weight: { value }, tier: { value: tier } } = event.target.form.elements;
    const weight = Number(value), others = JSON.parse(output.dataset.others)[tier] ?? 0;
    const part = `${Math.round(100 * weight / (weight + others))}\u00a0% of new connections`;
    output.textContent = weight >= 1 && weight <= 256 ? part + (tier === "1" ? "" : " while this tier is in use") : "";
  });

  // The first field with an error is where to go on.
  const toFirstError = () => document.querySelector("[aria-invalid=true]")?.focus();
  document.addEventListener("htmx:after:swap", event => { if (event.detail.ctx.response?.status === 422) toFirstError(); });
  toFirstError();
})();
