package com.example.shop.seclog;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.boot.json.JsonWriter;
import org.springframework.boot.json.JsonWriter.MemberPath;
import org.springframework.boot.logging.structured.StructuredLoggingJsonMembersCustomizer;

/** Makes secrets unreadable in every value of a log line, however deep it stands. */
public class Redaction implements StructuredLoggingJsonMembersCustomizer<Object> {

    private static final Pattern NAME = Pattern.compile(
            "pass(word|wd|phrase|code)|^pwd?$|secret|credential|token|authorization|cookie|api[-_ ]?key|private[-_ ]?key"
                    + "|session[-_ ]?id|^(otp|pin|sid|jwt|cvv|cvc)$|card[-_ ]?number",
            Pattern.CASE_INSENSITIVE);

    private static final Map<Pattern, String> TEXTS = new LinkedHashMap<>();

    static {
        TEXTS.put(Pattern.compile(
                "((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|authorization|cookie|session[-_]?id)[\"'\\]]*(?:\\s*[=:]\\s*|%3[da])[\"']?)"
                        + "((?:bearer|basic)\\s+)?[^\\s&\"',;)}\\]]+",
                Pattern.CASE_INSENSITIVE), "$1[REDACTED:secret]");
        TEXTS.put(Pattern.compile("\\b(bearer|basic)\\s+[\\w.~+/=-]{8,}", Pattern.CASE_INSENSITIVE), "$1 [REDACTED:token]");
        TEXTS.put(Pattern.compile("(://[^/\\s:@]*:)[^/\\s@]+@"), "$1[REDACTED:password]@");
        TEXTS.put(Pattern.compile("\\beyJ[\\w-]+\\.eyJ[\\w-]+\\.[\\w-]*"), "[REDACTED:jwt]");
    }

    private static final int MAX_TEXT = 8192;

    @Override
    public void customize(JsonWriter.Members<Object> members) {
        members.applyingValueProcessor(JsonWriter.ValueProcessor.of(Redaction::scrub));
    }

    static Object scrub(MemberPath path, Object value) {
        if (value == null || value instanceof Boolean) {
            return value;
        }
        if (path.name() != null && NAME.matcher(path.name()).find()) {
            return "[REDACTED:secret]";
        }
        if (!(value instanceof CharSequence) && !(value instanceof Throwable)) {
            return value; // the writer comes back for what is in it
        }
        String text = value.toString();
        for (Map.Entry<Pattern, String> e : TEXTS.entrySet()) {
            text = e.getKey().matcher(text).replaceAll(e.getValue());
        }
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    }
}
