/** The Apis of the scheme (6.6, 7.6), of extensions and the intake. None is a proper suffix of another: Username and Api are signed as one text. */
export const APIS = {
  getPublicKeys: 'GetPublicKeys',
  reportOriginalCheckTickets: 'ReportOriginalCheckTickets',
  getTicketInfo: 'GetTicketInfo',
  getTicketInfos: 'GetTicketInfos',
  listCheckRecords: 'ListCheckRecords',
  reportTerminalState: 'ReportTerminalState',
  reportBusinessDay: 'ReportBusinessDay',
  listChanges: 'ListChanges',
  claimTicket: 'ClaimTicket',
  releaseClaim: 'ReleaseClaim',
  createETicket: 'CreateETicket',
  revokeETicket: 'RevokeETicket',
  recordPickUp: 'RecordPickUp',
  getETicketKeys: 'GetETicketKeys',
  importCinemas: 'ImportCinemas',
  importScreens: 'ImportScreens',
  importFilms: 'ImportFilms',
  importPublicKeys: 'ImportPublicKeys',
  importTickets: 'ImportTickets',
  importRefunds: 'ImportRefunds',
} as const;

export type ApiName = (typeof APIS)[keyof typeof APIS];

/** The most records or rows that one request may hold. Scheme 6.6.2 and 7.6.2. */
export const MAX_RECORDS = 1000;

/** The most tickets that one GetTicketInfos may ask about: some 11 KB of questions, and answers of a few times as much. */
export const MAX_TICKETS = 100;
