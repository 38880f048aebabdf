import { Injectable } from '@nestjs/common';
import { createHmac, randomBytes, scrypt, createHash, timingSafeEqual } from 'node:crypto';
import { Problem } from '../domain/problem.ts';

/** A secret of at least this many characters is taken to be made by a machine: one salted fast hash protects it. */
const LONG_SECRET = 32;
const MAX_SECRET = 256;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** 4 MiB and some 10 ms each: dear for who guesses, bearable for a collar's password that a person chose. */
const SCRYPT = { N: 4096, r: 8, p: 1 } as const;
/** Side by side. Each holds a thread of Node's pool, which file system and name look-ups need too. */
const MAX_SCRYPTS = 2;
/** Waiting for one of them; a storm beyond is told to come again. */
const MAX_WAITING = 2_000;
const MAX_VERIFIED = 20_000;

/**
 * Hashes and verifies the secrets of collars and gateways. Text stored: `sha256$salt$hash` for long secrets,
 * `scrypt$N$r$p$salt$hash` for short ones, base64url.
 *
 * What was verified is remembered under a key of this process, so that a storm of reconnecting collars costs no scrypt.
 */
@Injectable()
export class Secrets {
  private readonly key = randomBytes(32);
  private readonly verified = new Set<string>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  async hash(secret: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    if (secret.length >= LONG_SECRET)
      return `sha256$${salt.toString('base64url')}$${fast(secret, salt).toString('base64url')}`;
    const { N, r, p } = SCRYPT;
    const key = await this.slow(secret, salt, SCRYPT);
    return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
  }

  /** @throws Problem 503 when too many wait already; nothing is said of the secret then */
  async verify(secret: string, stored: string): Promise<boolean> {
    if (secret.length === 0 || secret.length > MAX_SECRET) return false;
    const mark = createHmac('sha256', this.key).update(stored).update('\0').update(secret).digest('base64');
    if (this.verified.has(mark)) return true;
    if (!(await this.matches(secret, stored))) return false;
    this.verified.add(mark);
    if (this.verified.size > MAX_VERIFIED) {
      const [oldest] = this.verified;
      if (oldest !== undefined) this.verified.delete(oldest);
    }
    return true;
  }

  private async matches(secret: string, stored: string): Promise<boolean> {
    const [kind, ...parts] = stored.split('$');
    if (kind === 'sha256') {
      const [salt = '', hash = ''] = parts;
      return same(fast(secret, Buffer.from(salt, 'base64url')), Buffer.from(hash, 'base64url'));
    }
    if (kind === 'scrypt') {
      const [N, r, p, salt = '', hash = ''] = parts;
      const cost = { N: Number(N), r: Number(r), p: Number(p) };
      return same(await this.slow(secret, Buffer.from(salt, 'base64url'), cost), Buffer.from(hash, 'base64url'));
    }
    throw new Error('a stored secret is of an unknown kind');
  }

  private async slow(secret: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
    if (this.running >= MAX_SCRYPTS) {
      if (this.waiting.length >= MAX_WAITING) throw new Problem(503, 'busy', 'Too many secrets wait to be checked.');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running++;
    }
    try {
      return await derive(secret, salt, cost);
    } finally {
      // The turn is handed on; only when nobody waits is it given up.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}

function fast(secret: string, salt: Buffer): Buffer {
  return createHash('sha256').update(salt).update(secret).digest();
}

function same(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function derive(secret: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, KEY_BYTES, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
