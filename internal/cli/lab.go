package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// writeLab writes a configuration that collects from server, and beside it the
// secret of each tenant and of the operator's application in files of their own.
func writeLab(file, dataDir string, server *sim.Server) error {
	folder := filepath.Dir(file)
	if dataDir == "" {
		dataDir = "data"
	} else {
		var err error
		if dataDir, err = filepath.Abs(dataDir); err != nil {
			return err
		}
	}
	secrets := map[string]string{} // file by tenant
	keep := func(name, value string) error {
		return writeWhole(filepath.Join(folder, name), func(w io.Writer) error {
			_, err := fmt.Fprintln(w, value)
			return err
		})
	}
	for _, t := range server.Tenants() {
		secrets[t.ID] = t.Name + ".secret"
		if err := keep(secrets[t.ID], t.Secrets[0].Value); err != nil {
			return err
		}
	}
	const operatorSecret = "operator.secret"
	if err := keep(operatorSecret, server.Operator().Secrets[0].Value); err != nil {
		return err
	}
	return writeWhole(file, func(w io.Writer) error {
		if _, err := fmt.Fprintln(w, "# Made by nightjar sim: collects from the simulator."); err != nil {
			return err
		}
		return server.WriteClientConfig(w, sim.ClientConfig{
			DataDir: dataDir, SecretFile: func(tenant string) string { return secrets[tenant] }, OperatorSecretFile: operatorSecret,
		})
	})
}

// writeWhole writes a file of mode 0600 that is either there whole or not at all.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".nightjar-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name()) // the first error is the one that matters
		}
	}()
	if err := write(temp); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
