import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EpochMs } from '../domain/fix.ts';
import { Registry } from './registry.ts';
import { RegistryStore } from './registry.store.ts';
import type { StoredAnimal, StoredArea, StoredCollar, StoredDeployment, StoredFarm, StoredGateway } from './stored.ts';

/** How often we look whether another process has edited the registry. */
const LOOK_MS = 1_000;
const NOTHING = new Registry({
  version: 0,
  animals: [],
  collars: [],
  deployments: [],
  farms: [],
  areas: [],
  gateways: [],
});

/**
 * The registry in memory, for those who ask on every message. At once after an edit of our own, and within a second after one
 * of another process.
 */
@Injectable()
export class CollarDirectory implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('registry');
  private readonly listeners = new Set<() => void>();
  private registry = NOTHING;
  private reading: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private away = false;

  constructor(private readonly store: RegistryStore) {}

  async onModuleInit(): Promise<void> {
    await this.refresh();
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Moves with every edit of the registry. */
  get version(): number {
    return this.registry.version;
  }

  /** The registry as one unchanging value, for who asks it many things at once. */
  get current(): Registry {
    return this.registry;
  }

  collar(serial: string): StoredCollar | undefined {
    return this.registry.collar(serial);
  }

  collarById(id: number): StoredCollar | undefined {
    return this.registry.collarById(id);
  }

  /** Which animal wore a collar at a moment; null: none. */
  animalAt(collarId: number, at: EpochMs): string | null {
    return this.registry.animalAt(collarId, at);
  }

  /** Deployments of an animal in the order of time. */
  deploymentsOf(animal: string): readonly StoredDeployment[] {
    return this.registry.deploymentsOf(animal);
  }

  animals(): readonly StoredAnimal[] {
    return this.registry.animals();
  }

  farms(): readonly StoredFarm[] {
    return this.registry.farms();
  }

  areas(): readonly StoredArea[] {
    return this.registry.areas();
  }

  gateway(id: string): StoredGateway | undefined {
    return this.registry.gateway(id);
  }

  /**
   * Calls back after the registry has changed here; ask `version` for what it is now.
   *
   * @returns what ends it
   */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The registry as the database has it now, whoever edited it last. */
  async upToDate(): Promise<Registry> {
    if ((await this.store.version()) !== this.registry.version) await this.refresh();
    return this.registry;
  }

  /** Reads the registry anew. What was committed before the call is in it. */
  async refresh(): Promise<void> {
    // A reading under way may have begun before the commit that the caller has in mind.
    await this.reading?.catch(() => undefined);
    this.reading ??= this.read().finally(() => (this.reading = null));
    await this.reading;
  }

  private async read(): Promise<void> {
    const registry = new Registry(await this.store.read());
    if (registry.version === this.registry.version) return;
    this.registry = registry;
    for (const listener of this.listeners) listener();
  }

  private async look(): Promise<void> {
    if (this.reading) return;
    try {
      await this.upToDate();
      this.away = false;
    } catch {
      if (!this.away) this.logger.warn('the registry could not be looked at; going on with the copy at hand');
      this.away = true;
    }
  }
}
