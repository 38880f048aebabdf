const TWO_PI = 2 * Math.PI;
const UINT32 = 2 ** 32;

/** FNV-1a of a text from a starting value: turns a seed and a stream's name into the state of a generator. */
function hash(text: string, start: number): number {
  let state = start >>> 0;
  for (let i = 0; i < text.length; i += 1) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return state;
}

/**
 * A seeded source of random numbers: sfc32 (Chris Doty-Humphrey, PractRand). One seed gives many independent streams by name,
 * so that, for example, the collar's errors can change without changing where the animal walks.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: string | number, stream: string) {
    const key = `${stream}/${String(seed)}`;
    this.a = hash(key, 0x811c9dc5);
    this.b = hash(key, 0x9e3779b9);
    this.c = hash(key, 0x85ebca6b);
    for (let i = 0; i < 15; i += 1) this.unit(); // sfc32 needs some rounds before near seeds part
  }

  /** Uniform in [0, 1). */
  unit(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / UINT32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(TWO_PI * this.unit());
  }

  /** Weibull of shape k and scale λ, by inversion. */
  weibull(k: number, λ: number): number {
    return λ * (-Math.log(1 - this.unit())) ** (1 / k);
  }

  /** Lognormal with the given median; `spread` is the standard deviation of its logarithm. */
  logNormal(median: number, spread: number): number {
    return median * Math.exp(spread * this.normal());
  }

  /** Angle (radians) of the von Mises distribution about μ with concentration κ, by Best and Fisher (1979). */
  vonMises(μ: number, κ: number): number {
    if (κ < 1e-6) return this.between(-Math.PI, Math.PI);
    const τ = 1 + Math.sqrt(1 + 4 * κ * κ);
    const ρ = (τ - Math.sqrt(2 * τ)) / (2 * κ);
    const r = (1 + ρ * ρ) / (2 * ρ);
    for (;;) {
      const z = Math.cos(Math.PI * this.unit());
      const f = (1 + r * z) / (r + z);
      const c = κ * (r - f);
      const u = this.unit();
      if (c * (2 - c) > u || Math.log(c / u) + 1 >= c) return μ + (this.chance(0.5) ? 1 : -1) * Math.acos(f);
    }
  }
}
