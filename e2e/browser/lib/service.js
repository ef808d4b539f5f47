// The real program on free ports of the loopback interface.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { atEnd } from './cleanup.js';

const PATIENCE_MILLISECONDS = 10_000;

/**
 * Starts the service and waits until it says where it listens.
 * @param {string} binary
 * @param {Record<string, string>} settings its environment, nothing else is passed on
 */
export async function startService(binary, settings) {
  const child = spawn(binary, {
    env: { PUBLIC_ADDRESS: '127.0.0.1:0', ADMIN_ADDRESS: '127.0.0.1:0', DRAIN_SECONDS: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  // Only for a crash of this program: the end in order is `stop`.
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  let words = '';
  child.stderr.on('data', (data) => (words += data));
  const stop = atEnd(async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(kill, PATIENCE_MILLISECONDS);
    await ended;
    clearTimeout(timer);
    process.off('exit', kill);
  });
  const first = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  if (typeof first[0] !== 'string') {
    throw new Error(`the service ended at its start: ${words.trim()}`);
  }
  const { public: app, admin } = JSON.parse(first[0]);
  return {
    origin: `http://${app}`,
    stop,
    /** Sends SIGTERM and waits until readiness is gone. */
    async drain() {
      child.kill('SIGTERM');
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      while ((await fetch(`http://${admin}/readyz`)).status !== 503) {
        if (Date.now() > deadline) {
          throw new Error('the service did not begin to drain');
        }
      }
    },
  };
}
