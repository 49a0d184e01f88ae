import { once } from 'node:events';
import { createServer } from 'node:http';

// startSink is a receiver of webhooks: it keeps what it is sent, and answers
// with `status` and `answer`.
export async function startSink() {
  const sink = { status: 200, answer: 'thank you', got: [] };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const c of request) chunks.push(c);
    const text = Buffer.concat(chunks).toString();
    if (sink.status < 300) sink.got.push({ path: request.url, headers: request.headers, body: JSON.parse(text) });
    response.writeHead(sink.status, { 'Content-Type': 'text/plain' }).end(sink.answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  sink.url = `http://127.0.0.1:${server.address().port}`;
  sink.stop = () => {
    server.closeAllConnections();
    return new Promise((ended) => server.close(ended));
  };
  return sink;
}
