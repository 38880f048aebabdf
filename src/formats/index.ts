import { loadFolder } from '../folder.ts';
import type { PayloadFormat } from './format.ts';

/** Every payload format by name: the files of this folder that carry one. */
export function loadFormats(): Promise<ReadonlyMap<string, PayloadFormat>> {
  return loadFolder<PayloadFormat>(new URL('./', import.meta.url), [
    'index',
    'format',
    'rfc3339',
    'json-elements',
    'extra',
  ]);
}
