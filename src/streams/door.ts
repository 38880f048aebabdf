import { Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { Admissions } from '../access/admissions.ts';
import type { Admission } from '../access/admission.ts';
import { mayWatch } from '../access/visibility.ts';
import { CONFIG, type Config } from '../config.ts';
import { Problem } from '../domain/problem.ts';
import { StreamsMetrics } from './metrics.ts';
import { Readers } from './readers.ts';

/** The only thing that an address may hold: everything else in it ends up in logs. */
const TICKET = 'ticket';

/** Who may become a reader: asked at the upgrade, before there is a websocket. */
@Injectable()
export class LiveDoor {
  private readonly admitted = new WeakMap<IncomingMessage, Admission>();
  private entering = 0;
  private isClosed = false;

  constructor(
    private readonly admissions: Admissions,
    private readonly readers: Readers,
    private readonly metrics: StreamsMetrics,
    @Inject(CONFIG) private readonly config: Pick<Config, 'LIVE_MAX_CONNECTIONS'>,
  ) {}

  /** From now on nobody is let in. */
  close(): void {
    this.isClosed = true;
  }

  /**
   * Lets one in, who then counts as entering until `entered` is called.
   *
   * @throws Problem that says why not
   */
  async admit(request: IncomingMessage): Promise<void> {
    this.entering++;
    try {
      this.demandRoom();
      demandCleanAddress(request);
      const admission = await this.admissions.admit(request, 'socket');
      if (!mayWatch(admission.principal, 'alerts'))
        throw new Problem(403, 'forbidden', 'No stream is open to this role.');
      this.demandOpen();
      this.admitted.set(request, admission);
    } catch (error) {
      this.entered();
      const problem = error instanceof Problem ? error : new Problem(503, 'unavailable', 'Try again soon.');
      this.metrics.refused.inc({ status: String(problem.status) });
      throw problem;
    }
  }

  /** The handshake is over, whether or not it made a websocket. */
  entered(): void {
    this.entering--;
  }

  /** Who was let in by a request; undefined: nobody. */
  admissionOf(request: IncomingMessage): Admission | undefined {
    return this.admitted.get(request);
  }

  private demandRoom(): void {
    this.demandOpen();
    if (this.readers.count + this.entering > this.config.LIVE_MAX_CONNECTIONS)
      throw new Problem(503, 'too-many-connections', 'There are as many connections as there may be. Try again later.');
  }

  private demandOpen(): void {
    if (this.isClosed) throw new Problem(503, 'stopping', 'The server is stopping. Try again soon.');
  }
}

function demandCleanAddress({ url = '' }: IncomingMessage): void {
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '');
  if ([...query.keys()].every((name) => name === TICKET)) return;
  throw new Problem(
    401,
    'token-in-address',
    'An address holds no token: send it as a header, or get a ticket with it.',
  );
}
