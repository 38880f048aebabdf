import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ImportView } from './import-views.ts';

/** A call that the server refused, or that did not reach it. The message is one sentence. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';
}

/** The routes of imports, for the command. */
export class ImportApi {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  create(query: Readonly<Record<string, string>>, body: NodeJS.ReadableStream, bytes: number): Promise<ImportView> {
    return this.json('POST', `?${new URLSearchParams(query).toString()}`, body, bytes);
  }

  addReference(id: string, body: NodeJS.ReadableStream, bytes: number): Promise<ImportView> {
    return this.json('PUT', `/${id}/reference`, body, bytes);
  }

  find(id: string): Promise<ImportView> {
    return this.json('GET', `/${id}`);
  }

  start(id: string): Promise<ImportView> {
    return this.json('POST', `/${id}/start`);
  }

  picture(id: string): Promise<string> {
    return this.ask('GET', `/${id}/picture.svg`);
  }

  async remove(id: string): Promise<void> {
    await this.ask('DELETE', `/${id}`);
  }

  private async json(method: string, path: string, body?: NodeJS.ReadableStream, bytes = 0): Promise<ImportView> {
    return JSON.parse(await this.ask(method, path, body, bytes)) as ImportView;
  }

  private async ask(method: string, path: string, body?: NodeJS.ReadableStream, bytes = 0): Promise<string> {
    const answer = await this.send(method, path, body, bytes);
    if (answer.status < 300) return answer.text;
    throw new ApiFault(problemIn(answer.text) ?? `the server answered ${answer.status}`);
  }

  private async send(
    method: string,
    path: string,
    body: NodeJS.ReadableStream | undefined,
    bytes: number,
  ): Promise<{ status: number; text: string }> {
    let address: URL;
    try {
      address = new URL(`${this.url.replace(/\/$/, '')}/api/v1/imports${path}`);
    } catch {
      throw new ApiFault(`--url: expected an address like http://127.0.0.1:3000, not ${this.url}`);
    }
    // Each call on a connection of its own: one that was kept may be closed by the server just when it is used again.
    const request = (address.protocol === 'https:' ? requestHttps : requestHttp)(address, { method, agent: false });
    request.setHeader('authorization', `Bearer ${this.token}`);
    if (body) {
      request.setHeader('content-type', 'application/octet-stream');
      request.setHeader('content-length', bytes);
    }
    const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        text(response).then((all) => resolve({ status: response.statusCode ?? 0, text: all }), reject);
      });
    });
    try {
      // A server that refuses answers before it has read all: then its answer counts, not the pipe that broke.
      if (body) await Promise.race([pipeline(body, request), answered]).catch(() => undefined);
      else request.end();
      return await answered;
    } catch (error) {
      throw new ApiFault(`no answer from ${address.origin}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    }
  }
}

/** The sentence of an answer that is a problem (RFC 9457). */
function problemIn(body: string): string | null {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === 'string' ? detail : null;
  } catch {
    return null;
  }
}
