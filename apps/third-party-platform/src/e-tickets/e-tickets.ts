import type { SignedApi } from '@ticket-check/exchange';
import { countedTotal, countedTotalBy, measuredGauge, type Service, within } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ClaimStore } from '../claims/claim-store.ts';
import type { VerifyCode } from '../claims/verify-code.ts';
import type { ThirdPartySettings } from '../config.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';
import { eTicketApis } from './e-ticket-apis.ts';
import type { ETicket, ETicketDatabase, ETicketStore } from './e-ticket-store.ts';
import { createETicketKeys } from './keys/e-ticket-keys.ts';
import { serveETicketPages } from './page/e-ticket-pages.ts';
import { createOpenPages } from './page/open-pages.ts';
import { shownETicket } from './page/shown.ts';
import { createVerifyETickets } from './verify-e-tickets.ts';

const KEYS_EVERY_MS = 60_000;
/** A page waits so long for the details of a ticket that nobody has asked about yet. */
const DETAILS_BUDGET_MS = 800;

/**
 * E-tickets: the Apis of selling services, the keys that terminals verify them with, and the pages of the guests. Scheme 5.1.3,
 * 5.1.4; readings C5, C6.
 */
export async function createETickets(
  service: Service,
  options: {
    store: Store<ETicketDatabase>;
    eTickets: ETicketStore;
    claims: ClaimStore;
    verifyCode: VerifyCode;
    /** Asked at lower priority than gates. */
    national: NationalTickets;
    /** When all refunds were last known without asking, by the clock here; null if they are not told. Reading X9. */
    refundsHeardAt: () => Promise<number | null>;
    settings: ThirdPartySettings;
  },
): Promise<readonly SignedApi[]> {
  const { store, eTickets, claims, verifyCode, national, refundsHeardAt, settings } = options;
  const { now, logger, metrics } = service;
  const { host } = new URL(settings.PUBLIC_URL);
  const signing = createETicketKeys(store, now);
  await signing.keepUp();
  const verify = createVerifyETickets({ store, national, claims, refundsHeardAt, now });
  const refused = { unknown: 0, 'too-often': 0, full: 0 };

  async function show(eTicket: ETicket) {
    const [signer, knownAt] = [await signing.signer(), await verify.knownAt(eTicket)];
    return shownETicket(eTicket, { host, signer, now: now(), knownAt });
  }

  async function verifyAndShow(eTicket: ETicket) {
    if ((await verify.due([eTicket])).length === 0) return show(eTicket);
    const verified = verify.verify([eTicket]).catch((err: unknown) => {
      logger.error({ err }, 'failed to verify an e-ticket');
    });
    if (eTicket.info !== null) return show(eTicket);
    await within(DETAILS_BUDGET_MS, verified);
    return show((await eTickets.findByHash(eTicket.tokenHash)) ?? eTicket);
  }

  const max = settings.E_TICKET_PAGES;
  // Others at the address, terminals of a cinema among them, have the other half.
  const maxOfAnAddress = Math.max(1, settings.MAX_CONNECTIONS_PER_ADDRESS >> 1);
  const pages = createOpenPages({ eTickets, verify, show, max, maxOfAnAddress, now, logger });
  const refusalsPerMinute = settings.REFUSALS_PER_MINUTE;
  serveETicketPages(service, { eTickets, show: verifyAndShow, pages, refusalsPerMinute, refused });
  service.job({
    name: 'e-ticket keys',
    runs: 'in one process',
    everyMs: KEYS_EVERY_MS,
    atOnce: true,
    async run() {
      const keyId = await signing.keepUp();
      if (keyId !== null) logger.info({ keyId }, 'made the next key for e-tickets');
    },
  });
  measuredGauge(metrics, 'e_ticket_pages_open', 'E-ticket pages that receive changes of their tickets', pages.count);
  countedTotal(
    metrics,
    'e_ticket_questions_total',
    'Questions to the national platform about tickets that have an e-ticket',
    verify.asked,
  );
  countedTotalBy(
    metrics,
    'e_ticket_pages_refused_total',
    'Requests for e-tickets that were refused: unknown: no such link, too-often: one link, full: as many pages as E_TICKET_PAGES listen',
    'why',
    () => refused,
  );

  return eTicketApis({ eTickets, verifyCode, keys: signing, settings, now });
}
