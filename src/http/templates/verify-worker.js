// Judges one file in the engine. This worker may not open connections: its policy forbids it, and the engine imports nothing.
"use strict";

const THINGS = { trust: 0, file: 1, name: 2 };

onmessage = async ({ data }) => {
  let stage = "engine";
  try {
    const { instance } = await WebAssembly.instantiate(data.code, {});
    const engine = instance.exports;
    const hand = (thing, bytes) => {
      const place = engine.room(thing, bytes.length) >>> 0;
      if (place === 0) throw new RangeError("memory");
      new Uint8Array(engine.memory.buffer, place, bytes.length).set(bytes);
    };
    stage = "file";
    const file = new Uint8Array(await data.file.arrayBuffer());
    stage = "memory";
    hand(THINGS.file, file);
    hand(THINGS.trust, new Uint8Array(data.trust));
    hand(THINGS.name, new TextEncoder().encode(data.name));
    stage = "broken";
    const bytes = engine.judge(data.at) >>> 0;
    const answer = new Uint8Array(engine.memory.buffer, engine.answer() >>> 0, bytes);
    postMessage(JSON.parse(new TextDecoder().decode(answer)));
  } catch {
    postMessage({ trouble: stage });
  }
};
