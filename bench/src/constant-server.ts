import { readFileSync } from 'node:fs';
import fastify from 'fastify';

// What a server can do at most: bare Fastify over HTTPS that reads a body and answers a constant.
const [, , port = '', replyFile = '', ...tlsFiles] = process.argv;
const pems = tlsFiles.map((file) => readFileSync(file, 'utf8'));
const reply = readFileSync(replyFile, 'utf8');
const app = fastify({ https: { key: pems, cert: pems, minVersion: 'TLSv1.2' }, bodyLimit: 2_000_000 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/', (_request, to) => to.header('content-type', 'application/json; charset=utf-8').send(reply));
await app.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 });
process.stdout.write('listening\n');
process.once('SIGTERM', () => void app.close());
