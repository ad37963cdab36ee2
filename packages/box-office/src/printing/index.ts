export { printPdf } from './print-pdf.ts';
export { printSvg } from './print-svg.ts';
export { placeTickets } from './print-tickets.ts';
