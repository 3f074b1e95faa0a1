// SPDX-License-Identifier: MIT
// An MQTT client for the tests: subscribes, says so, prints each message as a line of JSON, and publishes the lines of its
// stdin, JSON too. Bytes that need be no text are hexadecimal. Ends when stdin does. Where, as whom and to what is in the
// environment; MQTT_SUBSCRIBE is an object of filters and their options, as MQTT.js has them.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import mqtt from 'mqtt'

const { MQTT_URL, MQTT_CA, MQTT_CLIENT_ID, MQTT_USERNAME, MQTT_PASSWORD, MQTT_SUBSCRIBE, MQTT_VERSION } = process.env

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

const client = await mqtt.connectAsync(MQTT_URL, {
  ca: MQTT_CA ? readFileSync(MQTT_CA) : undefined,
  clientId: MQTT_CLIENT_ID,
  username: MQTT_USERNAME,
  password: MQTT_PASSWORD,
  protocolVersion: Number(MQTT_VERSION ?? 5),
  reconnectPeriod: 0,
})
client.on('message', (topic, payload, { qos, retain, properties }) => {
  const { correlationData, ...others } = properties ?? {}
  say({
    topic, payload: payload.toString(), qos, retain,
    properties: correlationData ? { ...others, correlationData: correlationData.toString('hex') } : others,
  })
})
const filters = JSON.parse(MQTT_SUBSCRIBE ?? '{}')
say({ subscribed: Object.keys(filters).length ? await client.subscribeAsync(filters) : [] })

for await (const line of createInterface({ input: process.stdin })) {
  const { topic, payload, properties, ...options } = JSON.parse(line)
  if (properties?.correlationData) properties.correlationData = Buffer.from(properties.correlationData, 'hex')
  await client.publishAsync(topic, payload, { ...options, properties })
}
await client.endAsync()
