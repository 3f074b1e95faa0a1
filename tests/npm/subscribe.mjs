// SPDX-License-Identifier: MIT
// Receives with MQTT.js until it is ended, for tests/bench, and writes what it has seen to the file GAUGE, as
// tests/bench/peers/gauge.hpp lays it out.
import { openSync, readFileSync, writeSync } from 'node:fs'
import mqtt from 'mqtt'

const { MQTT_URL, MQTT_CA, MQTT_TOPIC, GAUGE } = process.env
const buckets = 1152
const every = 10 // ms

const seen = new BigUint64Array(3 + buckets) // count, first_ns, last_ns, late
const late = new Uint32Array(buckets)
const file = openSync(GAUGE, 'w')
let count = 0
let first = 0n
let last = 0n

const bucketOf = (value) => {
  const shift = Math.max(0, Math.floor(Math.log2(Math.max(1, value))) - 5)
  return Math.min(buckets - 1, shift * 32 + Math.floor(value / 2 ** shift))
}

const client = await mqtt.connectAsync(MQTT_URL, { ca: readFileSync(MQTT_CA), clientId: 'mqttjs', reconnectPeriod: 0 })
client.on('message', (_, payload) => {
  last = process.hrtime.bigint()
  first ||= last
  ++count
  ++late[bucketOf(Number(last - BigInt('0x' + payload.toString('latin1', 0, 16))))]
})
await client.subscribeAsync(MQTT_TOPIC, { qos: 1 })

setInterval(() => {
  seen.set([BigInt(count), first, last])
  late.forEach((messages, bucket) => { seen[3 + bucket] = BigInt(messages) })
  writeSync(file, Buffer.from(seen.buffer), 0, seen.byteLength, 0)
}, every)
