// Device is an authenticator inside the browser: it holds passkeys and says,
// without asking anybody, that the right person touched it.
export class Device {
  #cdp;
  #id;

  static async plug(page) {
    const device = new Device();
    device.#cdp = await page.context().newCDPSession(page);
    await device.#cdp.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await device.#cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    device.#id = authenticatorId;
    return device;
  }

  async keys() {
    const { credentials } = await this.#cdp.send('WebAuthn.getCredentials', { authenticatorId: this.#id });
    return credentials;
  }

  // verifies says whether the finger or the PIN is right from now on.
  async verifies(right) {
    await this.#cdp.send('WebAuthn.setUserVerified', { authenticatorId: this.#id, isUserVerified: right });
  }

  async unplug() {
    await this.#cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.#id });
  }
}
