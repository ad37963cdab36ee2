# One image per service: docker build --target national-platform | third-party-platform | terminal-agent .
# Node runs the TypeScript sources as they are, so there is nothing to compile; the workspace is installed once.
# Pin it by its digest for production: --build-arg NODE_IMAGE=node:24-trixie-slim@sha256:…
ARG NODE_IMAGE=node:24-trixie-slim
FROM ${NODE_IMAGE} AS workspace
WORKDIR /app
COPY package.json pnpm-workspace.yaml pnpm-lock.yaml ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/storage/package.json packages/storage/
COPY packages/runtime/package.json packages/runtime/
COPY packages/exchange/package.json packages/exchange/
COPY packages/check-records/package.json packages/check-records/
COPY packages/key-cache/package.json packages/key-cache/
COPY apps/national-platform/package.json apps/national-platform/
COPY apps/third-party-platform/package.json apps/third-party-platform/
COPY apps/terminal-agent/package.json apps/terminal-agent/
RUN npx --yes pnpm@12 install --prod --frozen-lockfile --filter '{./apps/*}...'
COPY packages packages
COPY apps apps

FROM ${NODE_IMAGE} AS service
ENV NODE_ENV=production HOST=0.0.0.0 PORT=9000 CONSOLE_PORT=9443 DATA_DIR=/data
WORKDIR /app
RUN install -d -m 0700 -o node -g node /data
COPY --from=workspace --chown=root:root /app /app
USER node
VOLUME /data
EXPOSE 9000 9443
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "packages/runtime/src/health-probe.ts"]

FROM service AS national-platform
CMD ["node", "apps/national-platform/src/main.ts", "serve"]

FROM service AS third-party-platform
CMD ["node", "apps/third-party-platform/src/main.ts", "serve"]

FROM service AS terminal-agent
CMD ["node", "apps/terminal-agent/src/main.ts", "serve"]
