package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// lab is a configuration that points at a simulator, as a file.
type lab struct {
	DataDir   string              `yaml:"data_dir"`
	Listen    string              `yaml:"listen"`
	Clouds    map[string]labCloud `yaml:"clouds"`
	Rehearsal *labRehearsal       `yaml:"rehearsal,omitempty"`
	Tenants   []labTenant         `yaml:"tenants"`
}

type labCloud struct {
	Login      string `yaml:"login"`
	Management string `yaml:"management"`
	Graph      string `yaml:"graph"`
	CAFile     string `yaml:"ca_file"`
}

type labRehearsal struct {
	Epoch string  `yaml:"epoch"`
	Base  string  `yaml:"base"`
	Speed float64 `yaml:"speed"`
}

type labTenant struct {
	Name             string `yaml:"name"`
	ID               string `yaml:"id"`
	Cloud            string `yaml:"cloud"`
	ClientID         string `yaml:"client_id"`
	ClientSecretFile string `yaml:"client_secret_file"`
}

// labListen takes a free port, because several labs may run on one machine.
const labListen = "127.0.0.1:0"

// writeLab writes a configuration that collects from server, and beside it the
// secret of each tenant in a file of its own.
func writeLab(file, dataDir string, server *sim.Server, pace *rehearsal) error {
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return err
	}
	ca, err := filepath.Abs(server.CAFile())
	if err != nil {
		return err
	}
	if dataDir == "" {
		dataDir = "data"
	} else if dataDir, err = filepath.Abs(dataDir); err != nil {
		return err
	}
	roots := server.URLs()
	l := lab{
		DataDir: dataDir, Listen: labListen,
		Clouds: map[string]labCloud{"sim": {Login: roots.Login, Management: roots.Management, Graph: roots.Graph, CAFile: ca}},
	}
	if pace != nil {
		l.Rehearsal = &labRehearsal{Epoch: pace.epoch.Format(time.RFC3339Nano), Base: pace.base.Format(time.RFC3339Nano), Speed: pace.speed}
	}
	for _, t := range server.Tenants() {
		name := t.Name
		secretFile := name + ".secret"
		if err := writeWhole(filepath.Join(folder, secretFile), func(w io.Writer) error {
			_, err := fmt.Fprintln(w, t.Secrets[0].Value)
			return err
		}); err != nil {
			return err
		}
		l.Tenants = append(l.Tenants, labTenant{Name: name, ID: t.ID, Cloud: "sim", ClientID: t.ClientID, ClientSecretFile: secretFile})
	}
	return writeWhole(file, func(w io.Writer) error {
		if _, err := fmt.Fprintln(w, "# Made by nightjar sim: collects from the simulator."); err != nil {
			return err
		}
		return yaml.NewEncoder(w).Encode(l)
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
