/** Settings of a server that listens at ports of its own on this machine, with room for whatever a test connects. */
export const LISTENERS = {
  HOST: '127.0.0.1',
  PORT: 0,
  CONSOLE_HOST: '127.0.0.1',
  CONSOLE_PORT: 0,
  MAX_CONNECTIONS: 1000,
  MAX_CONNECTIONS_PER_ADDRESS: 500,
  DRAIN_SECONDS: 0,
};
