# Multihome for a machine that runs containers: it needs the host's network, because it is the host's router.
# How to run it, and why with these capabilities: docs/install.md, "Docker".
FROM debian:12-slim AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3=3.11.* python3-venv=3.11.* \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/multihome
COPY requirements/bootstrap.txt requirements/runtime.txt requirements/
RUN python3 -m venv /tmp/tools \
 && /tmp/tools/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
 && python3 -m venv --without-pip .venv \
 && /tmp/tools/bin/uv pip install --no-cache --python .venv/bin/python --require-hashes -r requirements/runtime.txt \
 && pwd > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/multihome.pth"
COPY app app
COPY templates templates
COPY static static
COPY migrations migrations
COPY docs docs
RUN rm -rf requirements \
 && .venv/bin/python -m compileall -q --invalidation-mode unchecked-hash .venv app \
 && for name in multihome:main config:config; do \
      printf '#!/opt/multihome/.venv/bin/python -P\nimport sys\n\nfrom app.cli.%s import run\n\nsys.exit(run())\n' "${name#*:}" \
        > ".venv/bin/${name%:*}"; chmod 755 ".venv/bin/${name%:*}"; \
    done

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3=3.11.* libnftables1=1.0.* adduser=3.* \
 && rm -rf /var/lib/apt/lists/* \
 && addgroup --system --gid 64240 multihome \
 && adduser --system --uid 64241 --ingroup multihome --no-create-home --home /var/lib/multihome multihome-worker \
 && adduser --system --uid 64242 --ingroup multihome --no-create-home --home /var/lib/multihome multihome-panel \
 && install -d -m 2770 -o root -g multihome /var/lib/multihome
COPY --from=build /opt/multihome /opt/multihome
ENV PATH=/opt/multihome/.venv/bin:$PATH MULTIHOME_HOME=/var/lib/multihome PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
VOLUME /var/lib/multihome
# Root starts worker and panel, each as its own user with its own capabilities, and restarts what ends; it needs no more
# than that, and the group to read the state (`docker exec multihome config gateway show`): so, on purpose,
# hadolint ignore=DL3002
USER 0:64240
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-P", "-m", "app.cli.health"]
ENTRYPOINT ["multihome"]
CMD ["run"]
