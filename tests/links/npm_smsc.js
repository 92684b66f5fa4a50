// A message centre on npm's `smpp`, which nobody here wrote: it reads our PDUs and writes those that we have to read.
//
// Started with one argument, JSON: {password, key, cert}. Says {"port": N} on its standard output, then answers each
// line of its standard input, JSON too, with what it has seen so far: {"ask": "report"}, {"ask": "password", "is": "..."},
// {"ask": "deliver", "pdus": [...]}.
//
// Its ids are hexadecimal in responses and TLVs, decimal in the text of receipts. Numbers that end in 55 are throttled
// once, those in 44 refused, those in 33 not delivered. It looks numbers up, too: for a message that reads __HLR__ the
// receipt has the answer in its text, for any message over a bind with the system_type HLR in TLVs of its own.
'use strict';

const readline = require('readline');
const smpp = require('smpp');

const LATENCY = 3; // milliseconds until a submit is answered
const options = JSON.parse(process.argv[2]);
const seen = { binds: [], refused: 0, submits: 0, throttled: 0, peak: 0, acknowledged: 0, unbinds: 0, messages: [], delivered: [] };
const parts = new Map(); // sender, phone and reference -> texts of the parts that have come
const throttled = new Set();
const receivers = new Map(); // system_id -> the session that takes receipts
let lastId = 0xabcdef00;

// With `ca` it wants a certificate of its clients; `maxVersion` is the newest TLS it speaks.
const secure = { key: options.key, cert: options.cert, ca: options.ca, maxVersion: options.maxVersion };
if (options.ca) Object.assign(secure, { requestCert: true, rejectUnauthorized: true });

const server = smpp.createServer(options.key ? secure : {}, (session) => {
  let outstanding = 0;
  session.on('error', () => {});
  for (const mode of ['transceiver', 'transmitter', 'receiver']) {
    session.on(`bind_${mode}`, (pdu) => bind(session, mode, pdu));
  }
  session.on('unbind', (pdu) => {
    seen.unbinds += 1;
    session.send(pdu.response());
    session.close();
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('submit_sm', (pdu) => {
    seen.submits += 1;
    outstanding += 1;
    seen.peak = Math.max(seen.peak, outstanding);
    setTimeout(() => {
      outstanding -= 1;
      submit(session, pdu);
    }, LATENCY);
  });
});

function bind(session, mode, pdu) {
  if (pdu.password !== options.password) {
    seen.refused += 1;
    session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
    session.close();
    return;
  }
  seen.binds.push(mode);
  session.systemId = pdu.system_id;
  session.systemType = pdu.system_type;
  if (mode !== 'transmitter') receivers.set(pdu.system_id, session);
  session.send(pdu.response({ system_id: 'npm' }));
}

function submit(session, pdu) {
  const phone = pdu.destination_addr;
  if (phone.endsWith('55') && !throttled.has(phone)) {
    throttled.add(phone);
    seen.throttled += 1;
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
  } else if (phone.endsWith('44')) {
    session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
  } else {
    lastId += 1;
    session.send(pdu.response({ message_id: lastId.toString(16) }));
    assemble(pdu);
    if (session.systemType === 'HLR') answer(session, pdu, lastId, '', VENDOR_TLVS);
    else if (pdu.short_message.message === '__HLR__') answer(session, pdu, lastId, FOUND, {});
    else if (pdu.registered_delivery) report(session, pdu, lastId);
  }
}

function assemble(pdu) {
  const { message, udh } = pdu.short_message;
  const concatenation = (udh || []).find((element) => element[0] === 0x00);
  const [reference, total, number] = concatenation ? concatenation.subarray(2) : [0, 1, 1];
  const key = `${pdu.source_addr} ${pdu.destination_addr} ${reference}`;
  const texts = parts.get(key) || [];
  texts[number - 1] = message;
  parts.set(key, texts);
  if (texts.filter((text) => text !== undefined).length === total) {
    parts.delete(key);
    seen.messages.push({
      from: pdu.source_addr,
      to: pdu.destination_addr,
      text: texts.join(''),
      parts: total,
      coding: pdu.data_coding,
      ton: [pdu.source_addr_ton, pdu.dest_addr_ton],
      pid: pdu.protocol_id,
      livesFor: pdu.validity_period ? Math.round((pdu.validity_period - Date.now()) / 1000) : null,
    });
  }
}

const FOUND =
  ' imsi:250023012345678 msc:79232510066 mcc:250 mnc:02 cn:Russian+Federation net:MegaFON+open+Joint+Stock+Company rcn: rnet:';
const VENDOR_TLVS = {
  vendor_imsi: '250203122060176',
  vendor_mccmnc: '25020',
};
smpp.addTLV('vendor_imsi', { id: 0x1490, type: smpp.types.tlv.cstring });
smpp.addTLV('vendor_mccmnc', { id: 0x1403, type: smpp.types.tlv.cstring });

function answer(session, pdu, id, found, tlvs) {
  receivers.get(session.systemId).deliver_sm({
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    short_message: `id:${id.toString(16)} stat:DELIVRD err:000${found}`,
    ...tlvs,
  });
}

function report(session, pdu, id) {
  const failed = pdu.destination_addr.endsWith('33');
  const [state, stat, err] = failed ? [5, 'UNDELIV', '021'] : [2, 'DELIVRD', '000'];
  const receiver = receivers.get(session.systemId);
  const text = `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:${stat} err:${err} text:`;
  receiver.deliver_sm(
    {
      esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      short_message: text,
      receipted_message_id: id.toString(16),
      message_state: state,
    },
    (response) => {
      if (response.command_status === 0) seen.acknowledged += 1;
    }
  );
}

// A message from a phone; `udh` is in hexadecimal.
function deliver({ udh, text, ...fields }) {
  const pdu = { source_addr_ton: 1, source_addr_npi: 1, ...fields };
  if (udh) pdu.short_message = { udh: Buffer.from(udh, 'hex'), message: text };
  else if (text !== undefined) pdu.short_message = text;
  [...receivers.values()][0].deliver_sm(pdu, (response) => seen.delivered.push(response.command_status));
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  if (request.ask === 'password') options.password = request.is;
  if (request.ask === 'deliver') request.pdus.forEach(deliver);
  console.log(JSON.stringify(seen));
});
process.stdin.on('end', () => process.exit(0)); // the test is gone

server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
