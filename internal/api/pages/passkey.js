// Passkeys on the pages where people sign in. Without it they sign in by password.
"use strict";
(() => {
	const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
	const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

	const post = async (path, body) => {
		const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
		const said = await answer.json().catch(() => ({}));
		if (!answer.ok) throw new Error(said.detail ?? String(answer.status));
		return said;
	};

	const descriptors = (list) => (list ?? []).map((one) => ({ ...one, id: decode(one.id) }));
	const answerOf = (credential) => {
		const response = {};
		for (const name of ["clientDataJSON", "authenticatorData", "signature", "userHandle"]) {
			if (credential.response[name]) response[name] = encode(credential.response[name]);
		}
		return {
			id: credential.id, rawId: encode(credential.rawId), type: credential.type, response, clientExtensionResults: {},
			...(credential.authenticatorAttachment ? { authenticatorAttachment: credential.authenticatorAttachment } : {}),
		};
	};

	const problem = document.getElementById("problem");
	const tell = (text) => {
		problem.textContent = text;
		problem.hidden = false;
	};
	const busy = async (button, failed, work) => {
		button.disabled = true;
		problem.hidden = true;
		try {
			await work();
		} catch (error) {
			console.warn(error);
			tell(failed);
		} finally {
			button.disabled = false;
		}
	};

	let waiting; // for a passkey that the browser offers beside the name
	const signIn = async (button, more) => {
		waiting?.abort();
		waiting = new AbortController();
		const asked = await post("/api/v1/login/passkey/options", { ticket: button.dataset.ticket ?? "" });
		const publicKey = asked.options.publicKey;
		publicKey.challenge = decode(publicKey.challenge);
		publicKey.allowCredentials = descriptors(publicKey.allowCredentials);
		const credential = await navigator.credentials.get({ publicKey, signal: waiting.signal, ...more });
		await post("/api/v1/login/passkey", { ticket: asked.ticket, answer: answerOf(credential) });
		location.assign(button.dataset.next);
	};

	const offer = async (button) => {
		if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
		const again = setTimeout(() => offer(button), 4 * 60 * 1000); // what is asked holds for five minutes
		try {
			await signIn(button, { mediation: "conditional" });
		} catch (error) {
			if (error.name === "AbortError") return;
			clearTimeout(again);
			if (error.name !== "NotAllowedError") tell(button.dataset.failed);
		}
	};

	const button = document.querySelector("button[data-passkey]");
	if (button && window.PublicKeyCredential) {
		button.hidden = false;
		for (const one of document.querySelectorAll("[data-with-passkey]")) one.hidden = false;
		button.addEventListener("click", () => busy(button, button.dataset.failed, () => signIn(button, {})));
		if ("conditional" in button.dataset) offer(button);
	}
})();
