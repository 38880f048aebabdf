import { Injectable } from '@nestjs/common';

/** Bytes of tiles that are kept. */
const KEPT_BYTES = 8_388_608;

/** The last tiles that were cut, by their entity tags: a tag names what a tile was made from, so that what is kept is never old. */
@Injectable()
export class KeptTiles {
  /** In the order of use, the least recent first. */
  private readonly tiles = new Map<string, Uint8Array>();
  private bytes = 0;

  get(tag: string): Uint8Array | undefined {
    const tile = this.tiles.get(tag);
    if (tile) {
      this.tiles.delete(tag);
      this.tiles.set(tag, tile);
    }
    return tile;
  }

  keep(tag: string, tile: Uint8Array): void {
    this.forget(tag);
    this.tiles.set(tag, tile);
    this.bytes += tile.length;
    for (const oldest of this.tiles.keys()) {
      if (this.bytes <= KEPT_BYTES) return;
      this.forget(oldest);
    }
  }

  private forget(tag: string): void {
    this.bytes -= this.tiles.get(tag)?.length ?? 0;
    this.tiles.delete(tag);
  }
}
