// SPDX-License-Identifier: MIT
// A broker for the tests that speaks MQTT 3.1 and 3.1.1 only: says its port on loopback, then what clients do, each as a
// line of JSON. Ends when stdin does.
import { createServer } from 'node:net'
import Aedes from 'aedes'

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

const broker = new Aedes()
broker.on('clientReady', (client) => say({ connected: client.id, version: client.version }))
broker.on('connectionError', (client, error) => say({ refused: error.message }))
broker.on('clientDisconnect', (client) => say({ gone: client.id }))
broker.on('subscribe', (subscriptions, client) => say({ subscribed: subscriptions, by: client.id }))
broker.on('publish', ({ topic, payload, qos, retain }, client) => {
  if (client) say({ topic, payload: payload.toString(), qos, retain, by: client.id })
})

const server = createServer(broker.handle)
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }))
process.stdin.on('end', () => process.exit(0)).resume()
