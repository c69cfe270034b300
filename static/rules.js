// The page of traffic rules: dragging, and where the focus goes. Without it the buttons do the same.
"use strict";
(() => {
  // The list is replaced when a rule moves; who pressed a button is still at it afterwards.
  let pressed = "";
  document.addEventListener("submit", event => {
    if (event.target.closest("#rules")) pressed = event.submitter?.id ?? "";
  });
  document.addEventListener("htmx:finally:request", () => {
    if (pressed) document.getElementById(pressed)?.focus();
    pressed = "";
  });

  const rows = () => [...document.querySelectorAll("#rules > .rule")];
  const EDGE_PX = 70, STEP_PX = 14;
  let drag = null;

  // The row before which the dragged one would come; undefined past the last.
  const under = y => rows().find(row => { const at = row.getBoundingClientRect(); return y < at.top + at.height / 2; });

  function mark(over) {
    for (const row of rows()) {
      row.classList.toggle("dragged", drag !== null && row.dataset.number === drag.number);
      row.classList.toggle("drop-before", drag !== null && row === over);
    }
    document.getElementById("rules")?.classList.toggle("drop-last", drag !== null && !over);
  }

  function end() {
    drag = null;
    mark();
  }

  document.addEventListener("pointerdown", event => {
    const grip = event.target.closest(".grip");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    drag = { number: grip.closest(".rule").dataset.number, pointer: event.pointerId };
    grip.setPointerCapture(event.pointerId);
    mark(under(event.clientY));
  });
  document.addEventListener("pointermove", event => {
    if (drag?.pointer !== event.pointerId) return;
    if (event.clientY < EDGE_PX) scrollBy(0, -STEP_PX);
    if (event.clientY > innerHeight - EDGE_PX) scrollBy(0, STEP_PX);
    mark(under(event.clientY));
  });
  document.addEventListener("pointerup", event => {
    if (drag?.pointer !== event.pointerId) return;
    const { number } = drag, before = under(event.clientY)?.dataset.number, old = rows().map(row => row.dataset.number);
    end();
    if (before === number) return;
    const order = old.filter(one => one !== number);
    order.splice(before === undefined ? order.length : order.indexOf(before), 0, number);
    if (order.join() === old.join()) return;
    const values = { numbers: order.join(), moved: number };
    htmx.ajax("POST", "/rules/order", { source: document.getElementById("rules"), swap: "none", values });
  });
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", event => { if (event.key === "Escape" && drag) end(); });
})();
