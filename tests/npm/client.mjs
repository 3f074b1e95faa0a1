// SPDX-License-Identifier: MIT
// An MQTT client for the tests: subscribes to a topic, says so, prints each message as a line of JSON, and publishes
// the lines of its stdin, JSON too. Ends when stdin does. Where and as whom is in the environment.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import mqtt from 'mqtt'

const { MQTT_URL, MQTT_CA, MQTT_USERNAME, MQTT_PASSWORD, MQTT_TOPIC, MQTT_VERSION } = process.env

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

const client = await mqtt.connectAsync(MQTT_URL, {
  ca: MQTT_CA ? readFileSync(MQTT_CA) : undefined,
  username: MQTT_USERNAME,
  password: MQTT_PASSWORD,
  protocolVersion: Number(MQTT_VERSION ?? 5),
  reconnectPeriod: 0,
})
client.on('message', (topic, payload, packet) => {
  say({ topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain })
})
const granted = await client.subscribeAsync(MQTT_TOPIC, { qos: 1 })
say({ subscribed: granted[0].topic, qos: granted[0].qos })

for await (const line of createInterface({ input: process.stdin })) {
  const { topic, payload, ...options } = JSON.parse(line)
  await client.publishAsync(topic, payload, options)
}
await client.endAsync()
