// SPDX-License-Identifier: MIT
/// What the facts of this plugin say beside its options: which values a broker's profile sets, and which of its quotas
/// `check` compares. Taken in by facts.hpp.
///
/// Sources, as of November 2026: the quotas and limits of "Serverless" in EMQX's documentation
/// (docs.emqx.com/en/cloud/latest/create/restriction.html), and "AWS IoT Core message broker and protocol limits and
/// quotas" in the AWS General Reference (docs.aws.amazon.com/general/latest/gr/iot-core.html). What of them no file can
/// show is in README.md.
#pragma once

// clang-format off
#define CULVERT_MQTT_RULES \
  "[[preset]]\n" \
  "when = \"clean_start=true\"\n" \
  "set = { session_expiry = \"0s\" }\n" \
  "\n" \
  "[[warn]]\n" \
  "when = [\"session_expiry=0s\", \"subscribe[].qos=1|2\"]\n" \
  "text = \"the session ends with the connection: what comes in meanwhile, or was not delivered by then, is lost in spite of its QoS; raise session_expiry, or subscribe with qos = 0\"\n" \
  "\n" \
  "[[warn]]\n" \
  "when = [\"clean_start=true\", \"version=3.1.1\", \"subscribe[].qos=1|2\"]\n" \
  "text = \"with MQTT 3.1.1 and clean_start the session ends with the connection: what comes in meanwhile, or was not delivered by then, is lost in spite of its QoS\"\n" \
  "\n" \
  "[[refuse]]\n" \
  "when = [\"version=3.1.1\", \"password\", \"!username\"]\n" \
  "text = \"with MQTT 3.1.1 a password needs a username\"\n" \
  "\n" \
  "[[refuse]]\n" \
  "when = ['proxy_username~:', 'proxy~^http:']\n" \
  "text = \"'proxy_username' holds a ':', which HTTP takes for the beginning of the password\"\n" \
  "\n" \
  "[[refuse]]\n" \
  "when = 'subscribe[].topic~^[$]share/(/|[^/]*$|[^/]*[+#]|[^/]*/$)'\n" \
  "text = \"a shared subscription must be '$share/GROUP/FILTER', the group without '+' and '#'\"\n" \
  "\n" \
  "[[refuse]]\n" \
  "when = ['subscribe[].no_local=true', 'subscribe[].topic~^[$]share/']\n" \
  "text = \"'no_local' is not possible with a shared subscription ('$share/GROUP/FILTER')\"\n" \
  "\n" \
  "[[refuse]]\n" \
  "when = ['tls.ciphers~^(TLS13-|TLS_AES_|TLS_CHACHA20_)', 'tls.max_version=1.2']\n" \
  "text = \"'tls.ciphers' names a suite of TLS 1.3, which 'tls.max_version' leaves out\"\n" \
  "\n" \
  "[[refuse]]\n" \
  "when = ['tls.ciphers!~^(TLS13-|TLS_AES_|TLS_CHACHA20_)', 'tls.min_version=1.3']\n" \
  "text = \"'tls.ciphers' names a suite of TLS 1.2, which 'tls.min_version' leaves out\"\n" \
  "\n" \
  "[[refuse]]\n" \
  "when = ['tls.insecure_skip_verify=true', 'password', '!proxy', 'url~^mqtts:', 'url!~^mqtts://(localhost|127[.][0-9.]*|[[]::1[]]):']\n" \
  "text = \"'tls.insecure_skip_verify' would show the password to anybody who answers: remove one of the two, or use a broker on this host\"\n" \
  "\n" \
  "[[refuse]]\n" \
  "when = ['tls.insecure_skip_verify=true', 'password', 'proxy', 'url~^mqtts:']\n" \
  "text = \"'tls.insecure_skip_verify' would show the password to anybody who answers: remove one of the two, or use a broker on this host\"\n" \
  "\n" \
  "[[limit]]\n" \
  "of = \"count:tls.alpn\"\n" \
  "max = 16\n" \
  "refuse = true\n" \
  "help = \"so many are asked for at most\"\n" \
  "\n" \
  "[[warn]]\n" \
  "when = ['message_expiry', 'version=3.1.1']\n" \
  "text = \"MQTT 3.1.1 knows no expiry of a message: 'message_expiry' is left out\"\n" \
  "\n" \
  "[[warn]]\n" \
  "when = ['subscribe[].no_local=true', 'version=3.1.1']\n" \
  "text = \"'no_local' is not possible with MQTT 3.1.1, and left out\"\n" \
  "\n" \
  "[[warn]]\n" \
  "when = ['subscribe[].retain_as_published=true', 'version=3.1.1']\n" \
  "text = \"'retain_as_published' is not possible with MQTT 3.1.1, and left out\"\n" \
  "\n" \
  "[[warn]]\n" \
  "when = ['subscribe[].retain_handling=new|never', 'version=3.1.1']\n" \
  "text = \"'retain_handling' is not possible with MQTT 3.1.1, and left out\"\n" \
  "\n" \
  "[[limit]]\n" \
  "of = \"rate\"\n" \
  "max_option = \"max_rate\"\n" \
  "help = \"the rest waits in the queue of its route until that is full; raise the interval of the sources, or set batch on the routes\"\n"

#define CULVERT_MQTT_EMQX_SERVERLESS \
  "[[preset]]\n" \
  "when = \"profile=emqx-serverless\"\n" \
  "set = { max_rate = 10 }\n" \
  "\n" \
  "[[warn]]\n" \
  "when = [\"profile=emqx-serverless\", \"!username\"]\n" \
  "text = \"profile 'emqx-serverless': the broker lets nobody in without a username and its password\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=emqx-serverless\"\n" \
  "of = \"scheme:url\"\n" \
  "values = [\"mqtts\"]\n" \
  "help = \"the broker speaks TLS 1.2 and 1.3 only\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=emqx-serverless\"\n" \
  "of = \"rate\"\n" \
  "max = 10\n" \
  "help = \"so many messages may one client publish per second; raise the interval of the sources, or set batch on the routes\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=emqx-serverless\"\n" \
  "of = \"value:max_rate\"\n" \
  "max = 10\n" \
  "help = \"so many messages may one client publish per second\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=emqx-serverless\"\n" \
  "of = \"count:subscribe\"\n" \
  "max = 10\n" \
  "help = \"so many subscriptions may one client have; join some with a wildcard\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=emqx-serverless\"\n" \
  "of = \"levels:subscribe[].topic\"\n" \
  "max = 10\n" \
  "help = \"so many levels may a subscribed topic have; end it with '#'\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=emqx-serverless\"\n" \
  "of = \"bytes\"\n" \
  "max = \"1000KiB\"\n" \
  "help = \"a message may have 1 MB, with topic and properties; lower max_bytes of batch\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=emqx-serverless\"\n" \
  "of = \"characters:client_id\"\n" \
  "max = 1024\n" \
  "help = \"so long may a client id be\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = [\"profile=emqx-serverless\", \"version=3.1.1\"]\n" \
  "of = \"value:session_expiry\"\n" \
  "max = \"2h\"\n" \
  "help = \"so long is a session of MQTT 3.1.1 kept, whatever is asked for\"\n"

#define CULVERT_MQTT_AWS_IOT \
  "[[preset]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "set = { max_rate = 100 }\n" \
  "\n" \
  "[[warn]]\n" \
  "when = [\"profile=aws-iot\", \"!tls.cert\", \"!username\"]\n" \
  "text = \"profile 'aws-iot': the broker lets nobody in without tls.cert and tls.key, or what an authorizer of the account asks for\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"scheme:url\"\n" \
  "values = [\"mqtts\"]\n" \
  "help = \"the broker speaks TLS only\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"rate\"\n" \
  "max = 100\n" \
  "help = \"so many messages may one connection publish per second; raise the interval of the sources, or set batch on the routes\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"value:max_rate\"\n" \
  "max = 100\n" \
  "help = \"so many messages may one connection publish per second\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"count:subscribe\"\n" \
  "max = 50\n" \
  "help = \"so many subscriptions may one connection have; join some with a wildcard\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"levels:subscribe[].topic\"\n" \
  "max = 8\n" \
  "help = \"so many levels may a topic have, with 7 slashes between them\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"levels\"\n" \
  "max = 8\n" \
  "help = \"so many levels may a topic have, with 7 slashes between them\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"levels:will.topic\"\n" \
  "max = 8\n" \
  "help = \"so many levels may a topic have, with 7 slashes between them\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"levels:status_topic\"\n" \
  "max = 8\n" \
  "help = \"so many levels may a topic have, with 7 slashes between them\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"bytes:subscribe[].topic\"\n" \
  "max = \"256B\"\n" \
  "help = \"so long may a topic be\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"bytes\"\n" \
  "max = \"128KiB\"\n" \
  "help = \"so large may a payload be; lower max_bytes of batch\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"bytes:client_id\"\n" \
  "max = \"128B\"\n" \
  "help = \"so long may a client id be\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"value:keep_alive\"\n" \
  "min = \"30s\"\n" \
  "max = \"1200s\"\n" \
  "help = \"other values are taken for the nearest of these\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"value:qos\"\n" \
  "max = 1\n" \
  "help = \"the broker has no QoS 2: the connector publishes with QoS 1 then\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"qos\"\n" \
  "max = 1\n" \
  "help = \"the broker has no QoS 2: the connector publishes with QoS 1 then\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"value:subscribe[].qos\"\n" \
  "max = 1\n" \
  "help = \"the broker has no QoS 2, and may refuse the subscription\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"value:will.qos\"\n" \
  "max = 1\n" \
  "help = \"the broker has no QoS 2, and may refuse the connection\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = [\"profile=aws-iot\", \"version=3.1.1\"]\n" \
  "of = \"value:session_expiry\"\n" \
  "max = \"1h\"\n" \
  "help = \"so long is a session of MQTT 3.1.1 kept, unless the account has another value\"\n" \
  "\n" \
  "[[limit]]\n" \
  "when = \"profile=aws-iot\"\n" \
  "of = \"value:session_expiry\"\n" \
  "max = \"7d\"\n" \
  "help = \"so long may a session be kept\"\n"
// clang-format on
