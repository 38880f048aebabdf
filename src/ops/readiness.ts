import { Injectable } from '@nestjs/common';

/** Whether the process is on its way up or down; main.ts tells. */
@Injectable()
export class Readiness {
  private phase: 'starting' | 'serving' | 'stopping' = 'starting';

  enter(phase: 'serving' | 'stopping'): void {
    this.phase = phase;
  }

  reasons(): string[] {
    return this.phase === 'serving' ? [] : [`the server is ${this.phase}`];
  }
}
