<?php

// app/Logging/Seclog.php: logs of a Laravel application (11 or newer) from which Sasumata
// sees attacks.
//
// config/logging.php, below 'channels' (and LOG_CHANNEL=seclog):
//
//     'seclog' => [
//         'driver' => 'monolog',
//         'handler' => Monolog\Handler\StreamHandler::class,
//         'handler_with' => ['stream' => 'php://stdout'],
//         'formatter' => App\Logging\Seclog::class,
//     ],
//
// bootstrap/app.php:
//
//     ->withMiddleware(function (Middleware $middleware) {
//         $middleware->trustProxies(at: ['127.0.0.0/8', '10.0.0.0/8']); // never '*'
//         $middleware->append(App\Http\Middleware\LogRequests::class);
//     })
//
// app/Providers/AppServiceProvider.php:
//
//     public function boot(): void
//     {
//         Event::listen(Login::class, fn ($e) => Seclog::loginSucceeded(['id' => $e->user->getAuthIdentifier()]));
//         Event::listen(Failed::class, fn ($e) => Seclog::loginFailed(['id' => $e->user?->getAuthIdentifier(), 'name' => $e->credentials['email'] ?? ''], $e->user ? 'wrong_password' : 'unknown_user'));
//         Event::listen(Lockout::class, fn ($e) => Seclog::event('warning', 'account changed', 'account', 'address_lockout', 'success', null));
//     }

namespace App\Logging;

use Illuminate\Support\Facades\Log;
use Monolog\Formatter\NormalizerFormatter;
use Monolog\LogRecord;

class Seclog extends NormalizerFormatter
{
    private const NAME = '/pass(word|wd|phrase|code)|^pwd?$|secret|credential|token|authorization|cookie|api[-_ ]?key|private[-_ ]?key|session[-_ ]?id|^(otp|pin|sid|jwt|cvv|cvc)$|card[-_ ]?number/i';

    private const TEXTS = [
        '/((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|authorization|cookie|session[-_]?id)["\'\]]*(?:\s*(?:=>|[=:])\s*|%3[da])["\']?)((?:bearer|basic)\s+)?[^\s&"\',;)}\]]+/i' => '$1[REDACTED:secret]',
        '/\b(bearer|basic)\s+[\w.~+\/=-]{8,}/i' => '$1 [REDACTED:token]',
        '#(://[^/\s:@]*:)[^/\s@]+@#' => '$1[REDACTED:password]@',
        '/\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/' => '[REDACTED:jwt]',
    ];

    private const MAX_TEXT = 8192;

    /** The attributes of the request that is served; LogRequests sets them. */
    public static array $request = [];

    public function format(LogRecord $record): string
    {
        $context = $this->normalize($record->context); // exceptions and objects become arrays
        $line = array_replace_recursive(self::$request, is_array($context) ? $context : []);
        $line = [
            'time' => $record->datetime->setTimezone(new \DateTimeZone('UTC'))->format('Y-m-d\TH:i:s.u\Z'),
            'level' => $record->level->getName(),
            'msg' => $record->message,
            'service' => config('app.name'),
        ] + $line;

        return json_encode(self::scrub($line), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR)."\n";
    }

    public static function scrub(mixed $value, string $name = '', int $depth = 0): mixed
    {
        if ($value !== null && ! is_bool($value) && $name !== '' && preg_match(self::NAME, $name)) {
            return '[REDACTED:secret]';
        }
        if ($depth > 16) {
            return '[cut: too deep]';
        }
        if (is_array($value)) {
            $out = [];
            foreach ($value as $key => $inner) {
                $out[is_int($key) ? $key : self::scrub($key)] = self::scrub($inner, is_int($key) ? '' : $key, $depth + 1);
            }

            return $out;
        }
        if (! is_string($value)) {
            return $value;
        }
        $text = preg_replace(array_keys(self::TEXTS), array_values(self::TEXTS), $value) ?? '[cut: not readable]';

        return mb_strcut($text, 0, self::MAX_TEXT);
    }

    public static function event(string $level, string $message, string $category, string $name, string $outcome, ?array $user, array $evt = []): void
    {
        $line = ['evt' => ['category' => $category, 'name' => $name, 'outcome' => $outcome] + $evt];
        if ($user = array_map('strval', array_filter($user ?? []))) {
            $line['usr'] = $user;
        }
        Log::log($level, $message, $line);
    }

    public static function loginSucceeded(array $user): void
    {
        self::event('info', 'login succeeded', 'authentication', 'authentication', 'success', $user);
    }

    public static function loginFailed(array $user, string $reason): void
    {
        self::event('warning', 'login failed', 'authentication', 'authentication', 'failure', $user, ['reason' => $reason]);
    }

    public static function accessDenied(?array $user, string $action, string $resource, string $reason): void
    {
        self::event('warning', 'access denied', 'authorization', 'access_denied', 'failure', $user, compact('reason', 'action', 'resource'));
    }

    public static function dataAccessed(?array $user, string $action, string $resource, int $count): void
    {
        self::event('info', 'data accessed', 'data', 'data_'.$action, 'success', $user, compact('action', 'resource', 'count'));
    }
}
