# lib/seclog.rb: logs of a Rails application (7.1 or newer) from which Sasumata sees attacks.
#
# config/environments/production.rb:
#
#   require_relative "../../lib/seclog"
#   config.logger = ActiveSupport::Logger.new($stdout).tap { |l| l.formatter = SecLog::Formatter.new("shop") }
#   config.log_tags = []
#   config.action_dispatch.trusted_proxies = %w[127.0.0.0/8 10.0.0.0/8].map { |n| IPAddr.new(n) }
#   config.middleware.insert_after ActionDispatch::RemoteIp, SecLog::Requests
#   config.middleware.delete Rails::Rack::Logger # "Started GET .." says the same in words
#
# Devise, in config/initializers/seclog.rb (a controller of your own calls the same functions):
#
#   Warden::Manager.after_set_user(except: :fetch) { |user, _auth, _options| SecLog.login_succeeded({ id: user.id, email: user.email }) }
#   Warden::Manager.before_failure do |env, options|
#     next unless env["REQUEST_METHOD"] == "POST" && options[:action] == "unauthenticated" && options[:message]
#     user = Rack::Request.new(env).params.dig("user", "email").to_s
#     SecLog.login_failed({ name: user }, options[:message].to_s)
#   end
require "json"
require "logger"
require "time"

module SecLog
  # Names whose values nobody may read, and secrets inside of texts.
  NAME = /pass(word|wd|phrase|code)|\Apwd?\z|secret|credential|token|authorization|cookie|api[-_ ]?key|private[-_ ]?key|session[-_ ]?id|\A(otp|pin|sid|jwt|cvv|cvc)\z|card[-_ ]?number/i
  TEXTS = {
    /((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|authorization|cookie|session[-_]?id)["'\]]*(?:\s*(?:=>|[=:])\s*|%3[da])["']?)((?:bearer|basic)\s+)?[^\s&"',;)}\]]+/i => '\1[REDACTED:secret]',
    /\b(bearer|basic)\s+[\w.~+\/=-]{8,}/i => '\1 [REDACTED:token]',
    %r{(://[^/\s:@]*:)[^/\s@]+@} => '\1[REDACTED:password]@',
    /\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/ => "[REDACTED:jwt]"
  }.freeze
  MAX_TEXT = 8192

  def self.scrub(value, name = "", depth = 0)
    return "[REDACTED:secret]" if NAME.match?(name) && ![nil, true, false].include?(value)
    return "[cut: too deep]" if depth > 16

    case value
    when Hash then value.to_h { |k, v| [scrub(k.to_s), scrub(v, k.to_s, depth + 1)] }
    when Array, Set then value.map { |v| scrub(v, "", depth + 1) }
    when nil, true, false, Integer then value
    when Float then value.finite? ? value : value.to_s
    else TEXTS.reduce(value.to_s.dup.force_encoding(Encoding::UTF_8).scrub) { |text, (find, put)| text.gsub(find, put) }[0, MAX_TEXT]
    end
  end

  # Writes one line of JSON, in UTC. A hash is attributes; anything else is a message.
  class Formatter < ::Logger::Formatter
    def initialize(service)
      super()
      @service = service
    end

    def call(severity, time, _progname, message)
      line = case message
             when Hash then message
             when Exception then { msg: message.message, error: { kind: message.class.name, stack: message.backtrace&.join("\n") } }
             else { msg: message.to_s }
             end
      line = (ActiveSupport::IsolatedExecutionState[:seclog] || {}).deep_merge(line)
      JSON.generate(SecLog.scrub({ time: time.getutc.iso8601(6), level: severity, service: @service }.merge(line))) << "\n"
    end
  end

  # Logs each request: who asked for what, and what became of it.
  class Requests
    def initialize(app) = @app = app

    def call(env)
      start = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
      request = ActionDispatch::Request.new(env)
      ActiveSupport::IsolatedExecutionState[:seclog] = {
        network: { client: { ip: client(request) } },
        http: { request_id: request.request_id, useragent: request.user_agent }
      }
      url = request.original_fullpath
      status, headers, body = @app.call(env)
      log(request, url, status, headers, Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - start)
      [status, headers, body]
    ensure
      ActiveSupport::IsolatedExecutionState[:seclog] = nil
    end

    private

    def client(request)
      request.remote_ip
    rescue ActionDispatch::RemoteIp::IpSpoofAttackError
      request.get_header("REMOTE_ADDR")
    end

    def log(request, url, status, headers, took)
      level = if status >= 500 then ::Logger::ERROR
              elsif status >= 400 then ::Logger::WARN
              else ::Logger::INFO
              end
      Rails.logger.add(level, {
        msg: "request",
        evt: { category: "web", name: "request", outcome: status >= 400 ? "failure" : "success" },
        network: { bytes_written: headers["content-length"].to_i },
        http: { method: request.request_method, url:, status_code: status, referer: request.referer },
        duration: took
      })
    end
  end

  def self.event(level, msg, category, name, outcome, user, **evt)
    line = { msg:, evt: { category:, name:, outcome:, **evt } }
    line[:usr] = user.compact.transform_values(&:to_s) if user
    Rails.logger.add(level, line)
  end

  def self.login_succeeded(user) = event(::Logger::INFO, "login succeeded", "authentication", "authentication", "success", user)
  def self.login_failed(user, reason) = event(::Logger::WARN, "login failed", "authentication", "authentication", "failure", user, reason:)
  def self.access_denied(user, action, resource, reason) = event(::Logger::WARN, "access denied", "authorization", "access_denied", "failure", user, reason:, action:, resource:)
  def self.data_accessed(user, action, resource, count) = event(::Logger::INFO, "data accessed", "data", "data_#{action}", "success", user, action:, resource:, count:)
end
