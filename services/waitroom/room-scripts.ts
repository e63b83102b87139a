import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineScript, type LuaScript, type Redis, runScript } from '#runtime/redis.ts';

const SCRIPTS = [
  'join',
  'advance',
  'place',
  'window',
  'claim',
  'release',
  'leave',
  'draw-gone',
  'sweep',
  'tick',
  'heartbeat',
  'read',
  'sold-out',
  'idle',
  'expire-idle',
  'bypass-claim',
] as const;
export type ScriptName = (typeof SCRIPTS)[number];
export type ScriptSet = Readonly<Record<ScriptName, LuaScript>>;

/** Reads redis/*.lua below `folder` and puts the prelude before each. `edit` lets a test take a guard out. */
export function loadScripts(folder: string, edit: (name: ScriptName, text: string) => string = (_, t) => t): ScriptSet {
  const prelude = readFileSync(join(folder, 'prelude.lua'), 'utf8');
  const entries = SCRIPTS.map((name) => {
    const text = `${prelude}\n${readFileSync(join(folder, `${name}.lua`), 'utf8')}`;
    return [name, defineScript(`waitroom/${name}`, edit(name, text))];
  });
  return Object.fromEntries(entries);
}

/** Runs one script: its raw answer. */
export type RunScript = (
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

export function scriptRunner(scripts: ScriptSet, redis: Redis): RunScript {
  return (name, keys, args) => runScript(redis, scripts[name], keys, args);
}
