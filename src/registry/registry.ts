import type { EpochMs } from '../domain/fix.ts';
import type {
  StoredAnimal,
  StoredArea,
  StoredCollar,
  StoredDeployment,
  StoredFarm,
  StoredGateway,
  StoredRegistry,
} from './stored.ts';

/** The registry at one version, to be asked from memory: every question costs a look-up or a binary search. Immutable. */
export class Registry {
  readonly version: number;
  private readonly collarsBySerial: ReadonlyMap<string, StoredCollar>;
  private readonly collarsById: ReadonlyMap<number, StoredCollar>;
  private readonly animalsById: ReadonlyMap<string, StoredAnimal>;
  private readonly farmsById: ReadonlyMap<string, StoredFarm>;
  private readonly areasById: ReadonlyMap<string, StoredArea>;
  private readonly gatewaysById: ReadonlyMap<string, StoredGateway>;
  private readonly deploymentsById: ReadonlyMap<number, StoredDeployment>;
  /** Each list in the order of time. */
  private readonly ofCollar: ReadonlyMap<number, readonly StoredDeployment[]>;
  private readonly ofAnimal: ReadonlyMap<string, readonly StoredDeployment[]>;

  constructor(stored: StoredRegistry) {
    this.version = stored.version;
    this.collarsBySerial = new Map(stored.collars.map((collar) => [collar.serial, collar]));
    this.collarsById = new Map(stored.collars.map((collar) => [collar.id, collar]));
    this.animalsById = new Map(stored.animals.map((animal) => [animal.id, animal]));
    this.farmsById = new Map(stored.farms.map((farm) => [farm.id, farm]));
    this.areasById = new Map(stored.areas.map((area) => [area.id, area]));
    this.gatewaysById = new Map(stored.gateways.map((gateway) => [gateway.id, gateway]));
    const inTime = [...stored.deployments].sort((a, b) => a.from - b.from);
    this.deploymentsById = new Map(inTime.map((deployment) => [deployment.id, deployment]));
    this.ofCollar = grouped(inTime, ({ collarId }) => collarId);
    this.ofAnimal = grouped(inTime, ({ animal }) => animal);
  }

  collar(serial: string): StoredCollar | undefined {
    return this.collarsBySerial.get(serial);
  }

  collarById(id: number): StoredCollar | undefined {
    return this.collarsById.get(id);
  }

  collars(): readonly StoredCollar[] {
    return [...this.collarsBySerial.values()];
  }

  animal(id: string): StoredAnimal | undefined {
    return this.animalsById.get(id);
  }

  animals(): readonly StoredAnimal[] {
    return [...this.animalsById.values()];
  }

  /** Which animal wore a collar at a moment; null: none. */
  animalAt(collarId: number, at: EpochMs): string | null {
    const found = lastBegun(this.ofCollar.get(collarId) ?? [], at);
    return found && (found.to === null || at < found.to) ? found.animal : null;
  }

  /** Deployments of an animal in the order of time. */
  deploymentsOf(animal: string): readonly StoredDeployment[] {
    return this.ofAnimal.get(animal) ?? [];
  }

  /** Deployments of a collar in the order of time. */
  deploymentsOfCollar(collarId: number): readonly StoredDeployment[] {
    return this.ofCollar.get(collarId) ?? [];
  }

  deployment(id: number): StoredDeployment | undefined {
    return this.deploymentsById.get(id);
  }

  /** In the order of time. */
  deployments(): readonly StoredDeployment[] {
    return [...this.deploymentsById.values()];
  }

  farm(id: string): StoredFarm | undefined {
    return this.farmsById.get(id);
  }

  farms(): readonly StoredFarm[] {
    return [...this.farmsById.values()];
  }

  area(id: string): StoredArea | undefined {
    return this.areasById.get(id);
  }

  areas(): readonly StoredArea[] {
    return [...this.areasById.values()];
  }

  gateway(id: string): StoredGateway | undefined {
    return this.gatewaysById.get(id);
  }

  gateways(): readonly StoredGateway[] {
    return [...this.gatewaysById.values()];
  }
}

/** The last deployment that had begun at a moment, by binary search. */
function lastBegun(deployments: readonly StoredDeployment[], at: EpochMs): StoredDeployment | undefined {
  let low = 0;
  let high = deployments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (deployments[middle]!.from <= at) low = middle + 1;
    else high = middle;
  }
  return deployments[low - 1];
}

function grouped<Key>(
  deployments: readonly StoredDeployment[],
  keyOf: (deployment: StoredDeployment) => Key,
): Map<Key, StoredDeployment[]> {
  const groups = new Map<Key, StoredDeployment[]>();
  for (const deployment of deployments) {
    const group = groups.get(keyOf(deployment));
    if (group) group.push(deployment);
    else groups.set(keyOf(deployment), [deployment]);
  }
  return groups;
}
