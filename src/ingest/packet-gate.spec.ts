import fc from 'fast-check';
import mqttPacket from 'mqtt-packet';
import { PacketGate } from './packet-gate.ts';

const publish = (bytes: number): Buffer =>
  mqttPacket.generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(bytes),
    qos: 1,
    messageId: 7,
    dup: false,
    retain: false,
  });

describe('PacketGate', () => {
  it('lets packets within the limit through, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }),
        (sizes, cuts) => {
          const stream = Buffer.concat(sizes.map(publish));
          const gate = new PacketGate(() => 310);
          let at = 0;
          for (let i = 0; at < stream.length; i++) {
            const next = at + cuts[i % cuts.length]!;
            expect(gate.pass(stream.subarray(at, next))).toBe(true);
            at = next;
          }
        },
      ),
    );
  });

  it('refuses a longer packet by its announcement alone', () => {
    const gate = new PacketGate(() => 8_192);
    const connect = Buffer.from([0x10, 0x80, 0x80, 0x80, 0x30]); // 96 MiB
    expect(gate.pass(connect.subarray(0, 4))).toBe(true);
    expect(gate.pass(connect.subarray(4))).toBe(false);
  });

  it('refuses a length field that does not end', () => {
    expect(new PacketGate(() => 1e9).pass(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]))).toBe(false);
  });

  it('asks for the limit anew with each packet', () => {
    let limit = 10;
    const gate = new PacketGate(() => limit);
    expect(gate.pass(publish(2))).toBe(true);
    limit = 1_000;
    expect(gate.pass(publish(500))).toBe(true);
  });
});
