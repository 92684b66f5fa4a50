<?php
// Send, ask what became of it, ask for the balance. PHP 7.4 or newer, nothing to install.
// Usage: LOTSMAN_URL and LOTSMAN_APIKEY in the environment; php examples/send.php 79087964781 'Hello'
declare(strict_types=1);

/** One request; throws when the gateway says no. */
function ask(array $parameters): array
{
    $url = (getenv('LOTSMAN_URL') ?: 'http://127.0.0.1:8080') . '/api.php';
    $body = http_build_query(['apikey' => getenv('LOTSMAN_APIKEY'), 'format' => 'json'] + $parameters);
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => 'Content-Type: application/x-www-form-urlencoded',
        'content' => $body,
        'timeout' => 10,
    ]]);
    $text = file_get_contents($url, false, $context);
    if ($text === false) {
        throw new RuntimeException("no answer from $url");
    }
    $answer = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
    if (isset($answer['error'])) {
        throw new RuntimeException($answer['error']['code'] . ' ' . $answer['error']['description']);
    }
    return $answer;
}

try {
    $sent = ask(['send' => $argv[2] ?? 'Hello from PHP', 'to' => $argv[1] ?? '79087964781']);
    echo "cost {$sent['cost']}, balance {$sent['balance']}\n";
    $id = $sent['send'][0]['server_id'];
    for ($tries = 0; $tries < 10; $tries++) {
        $message = ask(['check' => $id])['check'][0];
        if (!in_array($message['status'], ['0', '1', '3'], true)) {
            break; // 2 delivered, -1 not delivered, -2 refused
        }
        sleep(1);
    }
    echo "$id to {$message['phone']}: status {$message['status']}\n";
    echo 'balance ' . ask(['balance' => 'rur'])['balance'] . "\n";
} catch (RuntimeException | JsonException $error) {
    fwrite(STDERR, "refused: {$error->getMessage()}\n");
    exit(1);
}
