// A proxy on the loopback interface through which the browser sends everything that it sends: it records each request,
// those for icons included, which the browser's own protocol does not tell. Only the origin under test is reached; all
// else is refused, so that nothing leaves the machine.
import { createServer, request as ask } from 'node:http';
import { once } from 'node:events';

import { atEnd } from './cleanup.js';

/** Names that belong to one connection and are not passed on (RFC 9110, 7.6.1). */
const OF_ONE_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/**
 * Starts a recorder.
 * @param {string | null} origin the one origin that is reached
 */
export async function startRecorder(origin) {
  /** @type {{ method: string, url: string, status: number }[]} */
  const entries = [];
  let last = Date.now();
  const record = (method, url, status) => {
    last = Date.now();
    entries.push({ method, url, status });
  };
  const server = createServer((incoming, outgoing) => {
    last = Date.now();
    const url = URL.canParse(incoming.url) ? new URL(incoming.url) : null;
    if (url?.origin !== origin) {
      record(incoming.method, incoming.url, 403);
      outgoing.writeHead(403).end();
      return;
    }
    forward(url, incoming, outgoing, record);
  });
  server.on('connect', (incoming, socket) => {
    record('CONNECT', incoming.url, 403);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = atEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    /** For the browser: with this bypass even loopback addresses go through the proxy. */
    proxy: { server: `http://127.0.0.1:${server.address().port}`, bypass: '<-loopback>' },
    entries,
    /** Waits until nothing more is asked for that many milliseconds. */
    async quiet(milliseconds) {
      while (Date.now() - last < milliseconds) {
        await new Promise((resolve) => setTimeout(resolve, milliseconds / 3));
      }
    },
    stop,
  };
}

function forward(url, incoming, outgoing, record) {
  const headers = { ...incoming.headers, connection: 'close' };
  const onward = ask(url, { method: incoming.method, headers, agent: false }, (answer) => {
    record(incoming.method, incoming.url, answer.statusCode);
    const kept = Object.entries(answer.headers).filter(([name]) => !OF_ONE_CONNECTION.has(name));
    outgoing.writeHead(answer.statusCode, Object.fromEntries(kept));
    answer.pipe(outgoing);
  });
  onward.on('error', () => {
    record(incoming.method, incoming.url, 502);
    outgoing.writeHead(502).end();
  });
  incoming.pipe(onward);
}
