import { type CaseResult, countOf, type Result } from './frame/case.ts';

const RESULTS: readonly Result[] = ['PASS', 'FAIL', 'WARN', 'SKIPPED', 'NOT ASKED'];

type Run = { Role: string; Url: string; Profile: string; At: string; Cases: readonly CaseResult[] };

const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD]/g, '\uFFFD')
    .replace(/[<>&"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

const exchangeText = ({ Exchange }: CaseResult): string =>
  Exchange === null ? '' : `> ${Exchange.Sent}\n< ${Exchange.Got}`;

/** The result as CI servers read it: FAIL is a failure, SKIPPED and NOT ASKED are skipped. */
export function junitFile({ Role, Cases }: Run): string {
  const skipped = countOf(Cases, 'SKIPPED') + countOf(Cases, 'NOT ASKED');
  const cases = Cases.map((row) => {
    const message = `message="${escaped(`${row.Result}: ${row.Reason}`)}"`;
    const inside = {
      PASS: '',
      WARN: `<system-out>${escaped(`WARN: ${row.Reason}\n${row.Advice}`)}</system-out>`,
      FAIL: `<failure ${message}>${escaped(`${row.Advice}\n${exchangeText(row)}`)}</failure>`,
      SKIPPED: `<skipped ${message}/>`,
      'NOT ASKED': `<skipped ${message}/>`,
    }[row.Result];
    return `  <testcase classname="${escaped(row.Clause)}" name="${escaped(row.Id)}">${inside}</testcase>\n`;
  });
  const counts = `tests="${Cases.length}" failures="${countOf(Cases, 'FAIL')}" skipped="${skipped}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="conformance ${Role}" ${counts}>\n${cases.join('')}</testsuite>\n`;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ddd}
td p{margin:0}
pre{white-space:pre-wrap;word-break:break-all;background:#f5f5f5;padding:.6rem}b{white-space:nowrap}
.PASS b{color:#17692e}.FAIL b{color:#b00020}.WARN b{color:#8a5300}.SKIPPED b,.NOT b{color:#5a5a5a}`;

/** One page that needs nothing beside it. */
export function htmlFile({ Role, Url, Profile, At, Cases }: Run): string {
  const rows = Cases.map((row) => {
    const [id, ...more] = [row.Id, row.Reason, row.Advice].map(escaped);
    const open = row.Result === 'FAIL' ? ' open' : '';
    const shown = `<details${open}><summary>exchange</summary><pre>${escaped(exchangeText(row))}</pre></details>`;
    const cells = [`<b>${row.Result}</b>`, escaped(row.Clause), `<code>${id}</code>`, escaped(row.Title)];
    const said = [...more.map((text) => text && `<p>${text}</p>`), row.Exchange === null ? '' : shown].join('');
    return `<tr class="${row.Result}"><td>${cells.join('</td><td>')}${said}</td></tr>\n`;
  });
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Conformance: ${escaped(Role)}</title>
<style>${STYLE}</style>
<h1>Conformance: ${escaped(Role)}</h1>
<p>${escaped(Url)}, profile ${escaped(Profile)}, ${escaped(At)}: ${summaryText(Cases)}</p>
<table><tr><th>Result</th><th>Clause</th><th>Case</th><th></th></tr>
${rows.join('')}</table></html>
`;
}

/** One line of the table, and below what failed what shows it and what to do. */
export function rowText(result: CaseResult): string {
  const { Id, Clause, Title, Result, Reason, Advice } = result;
  const row = `${Result.padEnd(9)}  ${Clause.padEnd(10)}  ${Id.padEnd(32)}  ${Title}\n`;
  if (Result === 'PASS') return row;
  const below = Result === 'FAIL' ? [Reason, `To do: ${Advice}`, exchangeText(result)] : [Reason];
  const lines = below.filter(Boolean).flatMap((text) => text.split('\n'));
  return row + lines.map((line) => `${' '.repeat(11)}${line}\n`).join('');
}

/** How many cases had which result. */
export const summaryText = (results: readonly CaseResult[]): string =>
  `${RESULTS.map((result) => `${countOf(results, result)} ${result}`).join(', ')}\n`;
