/** Who asks while an answer is on its way shares it. */
export class InFlight<T> {
  private answer: Promise<T> | null = null;

  constructor(private readonly ask: () => Promise<T>) {}

  get(): Promise<T> {
    this.answer ??= this.ask().finally(() => (this.answer = null));
    return this.answer;
  }
}
