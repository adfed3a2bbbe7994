// Start a workflow as a program does that uses Slack's own library: node send.cjs URL JSON
const { WebhookTrigger } = require("@slack/webhook");

const [url, body] = process.argv.slice(2);
new WebhookTrigger(url)
  .send(JSON.parse(body))
  .then((answer) => console.log(JSON.stringify({ answer })))
  .catch((error) =>
    console.log(JSON.stringify({ code: error.code, status: error.original?.response?.status })),
  );
