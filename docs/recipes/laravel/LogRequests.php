<?php

// app/Http/Middleware/LogRequests.php

namespace App\Http\Middleware;

use App\Logging\Seclog;
use Closure;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Str;
use Symfony\Component\HttpFoundation\Response;

class LogRequests
{
    public function handle(Request $request, Closure $next): Response
    {
        $start = hrtime(true);
        $id = (string) Str::uuid();
        Seclog::$request = [
            'network' => ['client' => ['ip' => $request->ip()]], // TrustProxies came before
            'http' => ['request_id' => $id, 'useragent' => (string) $request->userAgent()],
        ];

        $response = $next($request); // Laravel makes an answer of an exception
        $response->headers->set('X-Request-Id', $id);
        $status = $response->getStatusCode();
        Log::log($status >= 500 ? 'error' : ($status >= 400 ? 'warning' : 'info'), 'request', array_filter([
            'evt' => ['category' => 'web', 'name' => 'request', 'outcome' => $status >= 400 ? 'failure' : 'success'],
            'usr' => $request->user() ? ['id' => (string) $request->user()->getAuthIdentifier()] : null,
            'network' => ['bytes_written' => strlen((string) $response->getContent())],
            'http' => ['method' => $request->getMethod(), 'url' => $request->getRequestUri(), 'status_code' => $status, 'referer' => (string) $request->headers->get('referer')],
            'duration' => hrtime(true) - $start,
        ]));

        return $response;
    }
}
