import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Distinctive, so that scanners of code and logs find a token that strayed. */
const PREFIX = 'cw_';
const RANDOM_BYTES = 32;
/** Longer than any of ours and than an ADMIN_TOKEN that somebody chose; beyond it nothing is hashed. */
const MAX_LENGTH = 512;

/** A new token, session, code or ticket: 256 random bits behind a prefix. */
export function newCredential(): string {
  return PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
}

/** What is stored instead of a credential. It has 256 bits of entropy, so one fast hash is enough. */
export function digestOf(credential: string): Buffer {
  return createHash('sha256').update(credential).digest();
}

/** Compares without telling by its duration how much was right. */
export function sameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Whether a text can be a credential at all: asked before anything is spent on it. */
export function looksLikeCredential(text: string): boolean {
  return text.length >= 8 && text.length <= MAX_LENGTH && /^[\x21-\x7e]+$/.test(text);
}

/** The token of an `Authorization: Bearer` header; null: no such header, or another scheme. */
export function bearerOf(authorization: string | undefined): string | null {
  const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '');
  return match?.[1] ?? null;
}
