// SPDX-License-Identifier: MIT
// Publishes with MQTT.js until it is ended, for tests/bench: WINDOW messages of SIZE bytes on their way at a time, or RATE a
// second. Each begins with sixteen hexadecimal digits, the monotonic time in nanoseconds.
import { readFileSync } from 'node:fs'
import mqtt from 'mqtt'

const { MQTT_URL, MQTT_CA, MQTT_TOPIC } = process.env
const [qos, size, rate, window] = ['MQTT_QOS', 'SIZE', 'RATE', 'WINDOW'].map((name) => Number(process.env[name]))

const client = await mqtt.connectAsync(MQTT_URL, { ca: readFileSync(MQTT_CA), clientId: 'mqttjs', reconnectPeriod: 0 })
const rest = '.'.repeat(size - 16)
let onTheirWay = 0

const publish = (done) => {
  const stamp = process.hrtime.bigint().toString(16).padStart(16, '0')
  client.publish(MQTT_TOPIC, stamp + rest, { qos }, done)
}

// Half a window at once, so that one write carries many packets.
const fill = () => {
  while (onTheirWay < window) {
    ++onTheirWay
    publish((error) => {
      if (error) throw error
      if (--onTheirWay === window >> 1) setImmediate(fill)
    })
  }
}

if (rate > 0) {
  const start = process.hrtime.bigint()
  let sent = 0
  const due = () => {
    for (; BigInt(sent) * 1_000_000_000n <= (process.hrtime.bigint() - start) * BigInt(rate); ++sent) publish()
    setTimeout(due, Math.max(1, 1000 / rate))
  }
  due()
} else {
  fill()
}
