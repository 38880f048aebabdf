import type { Place } from '../import-item.ts';

/** Turns a file's text into items of one kind, piece by piece. */
export interface ItemReader<Item> {
  /** Takes the next piece of text, and appends the items that are complete with it. @throws UnreadableFile */
  push(text: string, items: Item[]): void;
  /** Appends what the file ends with. @throws UnreadableFile where it ends too early */
  end(items: Item[]): void;
  /** Where the text so far ends: the place of whatever comes next. */
  where(): Place;
}
