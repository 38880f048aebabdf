import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type BackupFile, BackupRefused } from './backup-manifest.ts';

/** Quick: text of COPY shrinks to a fifth even so. */
const LEVEL = 1;

/** Passes bytes on and keeps count of them. */
class Counted extends Transform {
  bytes = 0;
  readonly hash: Hash = createHash('sha256');

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    this.hash.update(chunk);
    done(null, chunk);
  }
}

/** Writes a stream, packed, to a file of the folder and onto the disk. */
export async function writePacked(folder: string, file: string, from: Readable): Promise<BackupFile> {
  return write(folder, file, from, createGzip({ level: LEVEL }));
}

/** Copies a file into the folder and onto the disk. */
export async function writeCopy(folder: string, file: string, from: string): Promise<BackupFile> {
  return write(folder, file, createReadStream(from));
}

async function write(folder: string, file: string, from: Readable, packing?: Transform): Promise<BackupFile> {
  const counted = new Counted();
  const into = createWriteStream(path.join(folder, file), { mode: 0o600, flush: true });
  if (packing) await pipeline(from, packing, counted, into);
  else await pipeline(from, counted, into);
  return { file, bytes: counted.bytes, sha256: counted.hash.digest('hex') };
}

/**
 * Gives a packed file to a stream.
 *
 * @throws BackupRefused when it is not the file that was written: whoever takes its content must then give it up
 */
export async function readPacked(folder: string, expected: BackupFile, into: Writable): Promise<void> {
  const counted = new Counted();
  const file = path.join(folder, expected.file);
  try {
    await pipeline(createReadStream(file), counted, createGunzip(), into);
  } catch (error) {
    // Spoilt bytes show as a broken packing, or as rows that nobody takes, before the end of the file tells: that is read now.
    await requireWhole(file, expected);
    throw error;
  }
  requireSame(file, counted, expected);
}

/** @throws BackupRefused when the file is not the one that was written */
async function requireWhole(file: string, expected: BackupFile): Promise<void> {
  const counted = new Counted();
  try {
    await pipeline(createReadStream(file), counted, new Writable({ write: (_chunk, _encoding, done) => done() }));
  } catch (error) {
    if (isOf(error, 'ENOENT')) throw new BackupRefused(`${file} is missing`, { cause: error });
    throw error;
  }
  requireSame(file, counted, expected);
}

/** Copies a file out of the backup. @throws BackupRefused */
export async function readCopy(folder: string, expected: BackupFile, to: string): Promise<void> {
  const counted = new Counted();
  const file = path.join(folder, expected.file);
  try {
    await pipeline(createReadStream(file), counted, createWriteStream(to, { mode: 0o600, flush: true }));
  } catch (error) {
    if (isOf(error, 'ENOENT')) throw new BackupRefused(`${file} is missing`, { cause: error });
    throw error;
  }
  requireSame(file, counted, expected);
}

function requireSame(file: string, { bytes, hash }: Counted, expected: BackupFile): void {
  if (bytes !== expected.bytes)
    throw new BackupRefused(`${file} has ${bytes} bytes and should have ${expected.bytes}: it is cut or spoilt`);
  if (hash.digest('hex') !== expected.sha256) throw new BackupRefused(`${file} is spoilt: its digest is another`);
}

const isOf = (error: unknown, code: string) => String((error as { code?: unknown }).code).startsWith(code);

/** What was named in a folder is so named for good. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
