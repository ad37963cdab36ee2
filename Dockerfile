# One image per service: docker build --target national-platform | third-party-platform | terminal-agent .
# Node runs the TypeScript sources as they are; the workspace is installed once. What Node makes of a service's sources is kept
# in its image (NODE_COMPILE_CACHE, filled by a start of the service with the options that it has in use), so that a service
# starts sooner and holds no compiler in memory.
# The base is pinned by the digest of its multi-platform index; NODE_IMAGE, a build argument, names another, such as a mirror's.
ARG NODE_IMAGE=node:24.21.0-trixie-slim@sha256:8ec5d7557396cfe32d21c3f9c13072355ceab22b584578ca4bb28af31120cffe
FROM ${NODE_IMAGE} AS workspace
WORKDIR /app
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/doctor/package.json packages/doctor/
COPY packages/storage/package.json packages/storage/
COPY packages/runtime/package.json packages/runtime/
COPY packages/exchange/package.json packages/exchange/
COPY packages/check-records/package.json packages/check-records/
COPY packages/key-cache/package.json packages/key-cache/
COPY packages/operators/package.json packages/operators/
COPY packages/admin/package.json packages/admin/
COPY apps/national-platform/package.json apps/national-platform/
COPY apps/third-party-platform/package.json apps/third-party-platform/
COPY apps/terminal-agent/package.json apps/terminal-agent/
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --filter '{./apps/*}...'
COPY LICENSE ./
COPY packages packages
COPY apps apps
# Screens say what they say.
COPY docs docs

# The screens of the consoles. Vite and the libraries that it puts into them stay in this stage.
FROM ${NODE_IMAGE} AS consoles
WORKDIR /app
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/console/package.json packages/console/
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --ignore-scripts --filter '@ticket-check/console...'
COPY packages/protocol packages/protocol
COPY packages/console packages/console
# Roles are called alike on screens and in commands, errors on screens and on the service's own pages.
COPY packages/operators packages/operators
COPY packages/admin packages/admin
# With the words and types that screens share with their service.
COPY apps apps
RUN node packages/console/build/main.ts

# A service needs nothing but its volume: the data directory and, beside it, the key of the database.
FROM ${NODE_IMAGE} AS service
ENV NODE_ENV=production HOST=0.0.0.0 PORT=9000 CONSOLE_PORT=9443 DATA_DIR=/data/ticket-check NODE_COMPILE_CACHE=/cache
WORKDIR /app
# Thousands of TLS connections leave holes all over the heap of glibc, which keeps them: hundreds of MB that jemalloc returns.
RUN apt-get update && apt-get install -y --no-install-recommends libjemalloc2 && rm -rf /var/lib/apt/lists/* \
  && ldconfig -p | grep -q libjemalloc.so.2
RUN install -d -m 0700 -o node -g node /data && install -d -o node -g node /cache
COPY --from=workspace --chown=root:root /app /app
COPY --from=consoles --chown=root:root /app/apps/national-platform/console/dist apps/national-platform/console/dist
COPY --from=consoles --chown=root:root /app/apps/third-party-platform/console/dist apps/third-party-platform/console/dist
COPY --from=consoles --chown=root:root /app/apps/terminal-agent/console/dist apps/terminal-agent/console/dist
USER node
VOLUME /data
EXPOSE 9000 9443
ENV LD_PRELOAD=libjemalloc.so.2
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "packages/runtime/src/health-probe.ts"]

# Each request of a platform is garbage as soon as it is answered. V8 begins with a young generation of 1 MB and enlarges it
# late, so that it is collected all the time, in threads beside the event loop: a tenth of what a request costs.
FROM service AS national-platform
RUN packages/runtime/fill-compile-cache node --min-semi-space-size=8 apps/national-platform/src/main.ts serve
CMD ["node", "--min-semi-space-size=8", "apps/national-platform/src/main.ts", "serve"]

FROM service AS third-party-platform
RUN packages/runtime/fill-compile-cache node --min-semi-space-size=8 apps/third-party-platform/src/main.ts serve
CMD ["node", "--min-semi-space-size=8", "apps/third-party-platform/src/main.ts", "serve"]

# A terminal makes little garbage at a time, and is to be small on the machine beside the scanner.
FROM service AS terminal-agent
USER root
# What scanners that are HID devices are read with.
RUN apt-get update && apt-get install -y --no-install-recommends libusb-1.0-0 && rm -rf /var/lib/apt/lists/*
USER node
RUN packages/runtime/fill-compile-cache node --max-semi-space-size=2 --optimize-for-size apps/terminal-agent/src/main.ts serve
CMD ["node", "--max-semi-space-size=2", "--optimize-for-size", "apps/terminal-agent/src/main.ts", "serve"]
