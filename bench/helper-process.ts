import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Cleanup } from './cleanup.ts';

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A part of a bench in a process of its own, so that its processor time is told apart. It answers what it is asked. */
export class HelperProcess {
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private lastId = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', ({ id, value, error }: Answer) => {
      const asked = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) asked?.resolve(value);
      else asked?.reject(new Error(error));
    });
    child.on('exit', (code, signal) => {
      for (const { reject } of this.waiting.values())
        reject(new Error(`a part of the bench ended (${signal ?? code})`));
      this.waiting.clear();
    });
  }

  /** @param program file beside this one, of dist/ */
  static start(program: string, cleanup: Cleanup): HelperProcess {
    const child = fork(fileURLToPath(new URL(program, import.meta.url)), { detached: true });
    const helper = new HelperProcess(child);
    cleanup.add(() => helper.end());
    return helper;
  }

  get pid(): number {
    return this.child.pid!;
  }

  ask<T>(question: string, value: unknown = null): Promise<T> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send({ id, question, value }, (error) => error && reject(error));
    });
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** The other side: answers questions by name, and goes when the bench goes. */
export function answerQuestions(answers: Readonly<Record<string, (value: never) => unknown>>): void {
  process.on('message', ({ id, question, value }: { id: number; question: string; value: never }) => {
    void Promise.resolve()
      .then(() => answers[question]!(value))
      .then(
        (result) => process.send!({ id, value: result ?? null }),
        (error: unknown) => process.send!({ id, error: String(error) }),
      );
  });
  process.on('disconnect', () => process.exit(0));
}
