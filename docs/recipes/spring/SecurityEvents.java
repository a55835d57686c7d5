package com.example.shop.seclog;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.authentication.event.AbstractAuthenticationFailureEvent;
import org.springframework.security.authentication.event.AuthenticationSuccessEvent;
import org.springframework.security.authorization.event.AuthorizationDeniedEvent;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.stereotype.Component;

/**
 * Logs what Spring Security tells. AuthorizationDeniedEvent is published by itself; who uses
 * HTTP Basic or tokens gets a success for each request, and had better leave that one out.
 */
@Component
public class SecurityEvents {

    private static final Logger LOG = LoggerFactory.getLogger(SecurityEvents.class);

    @EventListener
    public void succeeded(AuthenticationSuccessEvent event) {
        LOG.atInfo()
                .addKeyValue("evt.category", "authentication")
                .addKeyValue("evt.name", "authentication")
                .addKeyValue("evt.outcome", "success")
                .addKeyValue("usr.id", event.getAuthentication().getName())
                .log("login succeeded");
    }

    @EventListener
    public void failed(AbstractAuthenticationFailureEvent event) {
        LOG.atWarn()
                .addKeyValue("evt.category", "authentication")
                .addKeyValue("evt.name", "authentication")
                .addKeyValue("evt.outcome", "failure")
                .addKeyValue("evt.reason", reason(event.getException()))
                .addKeyValue("usr.name", event.getAuthentication().getName())
                .log("login failed");
    }

    /** Spring says of an unknown user, too, that the password is wrong, unless it is told otherwise. */
    private static String reason(AuthenticationException e) {
        if (e instanceof BadCredentialsException) {
            return "wrong_password";
        }
        return e instanceof LockedException ? "account_locked" : e.getClass().getSimpleName();
    }

    @EventListener
    public void denied(AuthorizationDeniedEvent<?> event) {
        Authentication who = event.getAuthentication().get();
        var line = LOG.atWarn()
                .addKeyValue("evt.category", "authorization")
                .addKeyValue("evt.name", "access_denied")
                .addKeyValue("evt.outcome", "failure");
        if (who != null) {
            line = line.addKeyValue("usr.id", who.getName());
        }
        line.log("access denied");
    }
}
