// For work on the pages: serves them from their folder and forwards all other requests to a node. So a
// change shows at the next reload, without a build. The content policy is the one that the node sends.
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join } from 'node:path';

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };
const chart = process.env.CHART_JS ?? '/usr/share/javascript/chart.js/chart.min.js';
const source = readFileSync(new URL('../../../bank-demo/bank/api/routes/pages.cpp', import.meta.url), 'utf8');
const policy = [.../content_policy =([^;]*(?:;[^;]*)*?)";\n/s.exec(source)[1].concat('"').matchAll(/"([^"]*)"/g)].map((m) => m[1]).join('');

function fileOf(folder, path) {
  if (path === '/') return join(folder, 'customer/index.html');
  if (/^\/[a-z]+$/.test(path)) return join(folder, path, 'index.html');
  if (path === '/pages/common/chart.js') return chart;
  return /^\/pages\/[a-z]+\/[a-z_]+\.[a-z]+$/.test(path) ? join(folder, path.slice('/pages/'.length)) : '';
}

function handOn(asked, answer, target) {
  const onward = request(target + asked.url, { method: asked.method, headers: asked.headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
    got.on('error', () => answer.destroy());
  });
  onward.on('error', () => answer.destroy());
  answer.on('close', () => onward.destroy());
  asked.pipe(onward);
}

/** Returns {url, close()}. */
export async function servePages(folder, target) {
  const server = createServer((asked, answer) => {
    const file = fileOf(folder, new URL(asked.url, target).pathname);
    if (asked.method !== 'GET' || file === '' || !existsSync(file)) return handOn(asked, answer, target);
    answer.writeHead(200, { 'Content-Type': types[extname(file)], 'Cache-Control': 'no-cache', 'Content-Security-Policy': policy });
    createReadStream(file).pipe(answer);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const close = () => (server.close(), server.closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}
