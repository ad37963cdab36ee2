import type { DatabaseConnection, Driver, TransactionSettings } from 'kysely';

/** Whether somebody waits for the answer, at a gate for example. */
export type Urgency = { readonly urgent?: boolean };

/** A driver whose connections are taken in turn. */
export interface TurnsDriver extends Driver {
  /** An urgent caller goes before everything else that waits for a connection. */
  acquire(urgent: boolean): Promise<DatabaseConnection>;
}

/**
 * The same connections for what is urgent. Kysely passes its
 * driver no parameter, so each urgency has a Kysely and a driver.
 */
export class UrgentDriver implements Driver {
  readonly #driver: TurnsDriver;

  constructor(driver: TurnsDriver) {
    this.#driver = driver;
  }

  init(): Promise<void> {
    return this.#driver.init();
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return this.#driver.acquire(true);
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return this.#driver.beginTransaction(connection, settings);
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#driver.commitTransaction(connection);
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#driver.rollbackTransaction(connection);
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    return this.#driver.releaseConnection(connection);
  }

  /** The driver itself is destroyed by those who have it. */
  async destroy(): Promise<void> {}
}
