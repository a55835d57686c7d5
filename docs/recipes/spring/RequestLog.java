package com.example.shop.seclog;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Logs each request, and gives what is logged in it the client's address and an id. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
public class RequestLog extends OncePerRequestFilter {

    private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long start = System.nanoTime();
        String id = UUID.randomUUID().toString();
        response.setHeader("X-Request-Id", id);
        MDC.put("network.client.ip", request.getRemoteAddr());
        MDC.put("http.request_id", id);
        String agent = request.getHeader("User-Agent");
        if (agent != null) {
            MDC.put("http.useragent", agent);
        }
        boolean broken = true;
        try {
            chain.doFilter(request, response);
            broken = false;
        } finally {
            int status = broken ? 500 : response.getStatus();
            Level level = status >= 500 ? Level.ERROR : status >= 400 ? Level.WARN : Level.INFO;
            String query = request.getQueryString();
            Principal user = request.getUserPrincipal();
            var line = LOG.atLevel(level)
                    .addKeyValue("evt.category", "web")
                    .addKeyValue("evt.name", "request")
                    .addKeyValue("evt.outcome", status >= 400 ? "failure" : "success")
                    .addKeyValue("http.method", request.getMethod())
                    .addKeyValue("http.url", request.getRequestURI() + (query == null ? "" : "?" + query))
                    .addKeyValue("http.status_code", status)
                    .addKeyValue("duration", System.nanoTime() - start);
            if (user != null) {
                line = line.addKeyValue("usr.id", user.getName());
            }
            line.log("request");
            MDC.remove("network.client.ip");
            MDC.remove("http.request_id");
            MDC.remove("http.useragent");
        }
    }
}
